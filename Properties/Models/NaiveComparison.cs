using System.Buffers;
using System.Text;
using CsCheck;
using MigrationConformance.Core;
using MigrationConformance.Properties.Naive;

namespace MigrationConformance.Properties;

/// <summary>Whole migrations against the naive implementation, at every patch level, with and without a system call: the same result documents.</summary>
[TestFixture]
public sealed class NaiveComparison
{
    private const string Rule = "engine and naive implementation agree";

    // Levels at which no migration alone can end differently from the level before; their claims say why.
    private static readonly PatchLevel[] WithoutDifference =
        [PatchLevel.Before, PatchLevel.SwapCacheCheck, PatchLevel.RemoveFromSwap, PatchLevel.FaultStartsAgain];

    [Exercises(
        "A1", "A2", "A3", "A4", "B18", "get_bh", "put_bh", "unlock_buffer", "unuse_vma", "unuse_pte", "find_vma", "check_pte_range", "list_splice",
        "alloc_pages_node", "alloc_page_vma", "get_vma_policy", "offset_il_node", "cpuset_zone_allowed", "lru_add_drain", "lru_cache_add", "lru_cache_add_active",
        "__pagevec_lru_add", "__pagevec_lru_add_active", "TestSetPageLocked", "__add_to_swap_cache", "__delete_from_swap_cache", "__page_cache_release", "block_write_full_page",
        "buffer_busy", "free_hot_cold_page", "get_page", "handle_write_error", "move_to_swap_cache", "page_check_address", "vma_address",
        "radix_tree_lookup_slot", "swap_entry_free", "test_clear_page_dirty", "test_clear_page_writeback", "test_set_page_writeback")]
    [Test]
    public void Engine_and_naive_implementation_write_the_same_result()
    {
        var compared = new int[(int)PatchSet.Last + 1];
        var calls = new int[compared.Length];
        var changed = new int[compared.Length];
        Property.Holds(LevelScenarios.All, 5_000, Rule, scenario =>
        {
            string engine = Compared(scenario);
            compared[(int)scenario.Patch]++;
            calls[(int)scenario.Patch] += scenario.Call is null ? 0 : 1;
            bool changes = scenario.Patch > PatchLevel.Before && Ends(Engine(scenario with { Patch = scenario.Patch - 1 })) != Ends(engine);
            changed[(int)scenario.Patch] += changes ? 1 : 0;
            return true;
        });

        foreach (PatchLevel level in Enum.GetValues<PatchLevel>())
        {
            int i = (int)level;
            TestContext.Out.WriteLine($"{PatchSet.Word(level)}: {compared[i]} compared, {calls[i]} with a call, {changed[i]} end differently from the level before");
            if (Knobs.IsShort)
                continue;
            Assert.That(compared[i], Is.GreaterThan(compared.Sum() / 25), $"{level}: scenarios compared");
            Assert.That(calls[i], Is.GreaterThan(compared[i] / 8), $"{level}: scenarios with a call");
            Assert.That(compared[i] - calls[i], Is.GreaterThan(compared[i] / 20), $"{level}: scenarios without a call");
            Assert.That(changed[i], WithoutDifference.Contains(level) ? Is.Zero : Is.GreaterThan(compared[i] / 40), $"{level}: ends that differ from the level before");
        }
    }

    /// <summary>A chunk takes 257 new pages: more than any drawn call has.</summary>
    [TestCase(PatchLevel.PolicyLayer)]
    [TestCase(PatchLevel.ChunkedAllocation)]
    [TestCase(PatchLevel.UnmappedBeforeWritten)]
    public void A_call_of_more_than_a_chunk_of_pages_ends_the_same(PatchLevel level)
    {
        string engine = Compared(new Scenario
        {
            Patch = level,
            Zones = 2,
            Pages = [new ScenarioPage { File = 0, Repeat = 259, MappedBy = 1 }, new ScenarioPage { Zone = 1, Repeat = 258 }],
            Call = new ScenarioCall { Kind = PolicyCallKind.MigratePages, From = [0], To = [1] },
        });

        Assert.That(engine, Does.Contain(level == PatchLevel.PolicyLayer ? "{\"pages\":1,\"newPages\":1,\"return\":0}" : "{\"pages\":2,\"newPages\":2,\"return\":0}"));
    }

    [Test]
    public void A_level_that_the_naive_implementation_does_not_know_is_refused()
    {
        Assert.That(() => NaiveMigration.Run("""{"patch":"v10"}"""), Throws.TypeOf<NotSupportedException>());
        Assert.That(() => NaiveMigration.Run("""{"patch":"V9"}"""), Throws.TypeOf<NotSupportedException>());
    }

    /// <summary>What the two results of a scenario differ in, or null.</summary>
    public static Failure? Check(Scenario scenario)
    {
        try
        {
            Compared(scenario);
            return null;
        }
        catch (BrokenRule broken)
        {
            return Failure.Of(Rule, broken.Message);
        }
    }

    // The result of the engine, which the naive implementation has too.
    private static string Compared(Scenario scenario)
    {
        string json = ScenarioWriter.ToText(scenario);
        string engine = Engine(scenario), naive = NaiveMigration.Run(json);
        return engine == naive ? engine : throw new BrokenRule(Difference(engine, naive));
    }

    private static string Engine(Scenario scenario)
    {
        var output = new ArrayBufferWriter<byte>();
        ResultWriter.Write(output, MigrationRun.Run(ScenarioBuilder.Build(scenario)));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    // A result without the name of its level, and whether there is a list of new pages or only none on it.
    private static string Ends(string result) =>
        result[result.IndexOf("\"outcome\"", StringComparison.Ordinal)..].Replace("\"to\":null", "\"to\":[]", StringComparison.Ordinal);

    private static string Difference(string engine, string naive)
    {
        int at = engine.Zip(naive).TakeWhile(pair => pair.First == pair.Second).Count();
        string Around(string text) => text[Math.Max(0, at - 160)..Math.Min(text.Length, at + 80)];
        return $"the results differ.\nengine: …{Around(engine)}…\nnaive:  …{Around(naive)}…";
    }
}
