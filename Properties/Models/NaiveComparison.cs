using System.Buffers;
using System.Text;
using CsCheck;
using MigrationConformance.Core;
using MigrationConformance.Properties.Naive;

namespace MigrationConformance.Properties;

/// <summary>The whole migration against the naive implementation: the same result document.</summary>
[TestFixture]
public sealed class NaiveComparison
{
    private static readonly Gen<Scenario> Scenarios = Gen.Select(
        MachineGen.Scenarios, Gen.Frequency((5, Gen.Const(PatchLevel.V9)), (1, Gen.Const(PatchLevel.Before))), Gen.Int[0, 3],
        (scenario, patch, caller) => scenario with
        {
            Patch = patch,
            Before = (caller & 1) != 0 ? [CallerAction.Drain] : [],
            After = (caller & 2) != 0 ? [CallerAction.Putback, CallerAction.Drain] : [],
        });

    [Exercises(
        "A2", "A3", "A4", "TestSetPageLocked", "__add_to_swap_cache", "__delete_from_swap_cache", "__page_cache_release", "block_write_full_page",
        "buffer_busy", "free_hot_cold_page", "get_page", "handle_write_error", "move_to_swap_cache", "page_check_address", "vma_address",
        "radix_tree_lookup_slot", "swap_entry_free", "test_clear_page_dirty", "test_clear_page_writeback", "test_set_page_writeback")]
    [Test]
    public void Engine_and_naive_implementation_write_the_same_result() =>
        Scenarios.Sample(scenario =>
        {
            string json = ScenarioWriter.ToText(scenario);
            string engine = Engine(json), naive = NaiveMigration.Run(json);
            if (engine != naive)
                throw new InvalidOperationException(Difference(json, engine, naive));
        }, iter: Knobs.Iterations(3_000), threads: 1, print: scenario => $"{scenario.Pages.Count} pages");

    private static string Difference(string json, string engine, string naive)
    {
        int at = engine.Zip(naive).TakeWhile(pair => pair.First == pair.Second).Count();
        string Around(string text) => text[Math.Max(0, at - 160)..Math.Min(text.Length, at + 160)];
        return $"the results differ\nscenario: {json}\nengine: …{Around(engine)}…\nnaive:  …{Around(naive)}…";
    }

    private static string Engine(string json)
    {
        var output = new ArrayBufferWriter<byte>();
        ResultWriter.Write(output, MigrationRun.Run(ScenarioBuilder.Build(ScenarioReader.Read(Encoding.UTF8.GetBytes(json)))));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
