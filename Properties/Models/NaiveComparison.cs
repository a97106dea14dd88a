using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using MigrationConformance.Core;
using MigrationConformance.Properties.Naive;

namespace MigrationConformance.Properties;

/// <summary>The whole migration against the naive implementation: the same result document.</summary>
[TestFixture]
public sealed class NaiveComparison
{
    private static readonly Gen<Scenario> Scenarios = Gen.Select(
        MachineGen.Scenarios, Gen.Frequency((5, Gen.Const(PatchLevel.V9)), (1, Gen.Const(PatchLevel.Before))),
        (scenario, patch) => scenario with { Patch = patch });

    [Exercises(
        "A2", "A3", "A4", "TestSetPageLocked", "__add_to_swap_cache", "__delete_from_swap_cache", "__page_cache_release", "block_write_full_page",
        "buffer_busy", "free_hot_cold_page", "get_page", "handle_write_error", "move_to_swap_cache", "page_check_address", "vma_address",
        "radix_tree_lookup_slot", "swap_entry_free", "test_clear_page_dirty", "test_clear_page_writeback", "test_set_page_writeback")]
    [Test]
    public void Engine_and_naive_implementation_write_the_same_result() =>
        Scenarios.Sample(scenario =>
        {
            string json = ScenarioWriter.ToText(scenario);
            string engine = SameSpelling(Engine(json)), naive = SameSpelling(NaiveMigration.Run(json));
            if (engine != naive)
                throw new InvalidOperationException(Difference(json, engine, naive));
        }, iter: Knobs.Iterations(3_000), threads: 1, print: scenario => $"{scenario.Pages.Count} pages");

    // Spellings that the format left open when the naive implementation was written: buffers, the case of words, trees'
    // names, the number of a ring in private, the order and keys of holds, and the new page of an attempt that did not end.
    private static string SameSpelling(string json)
    {
        JsonNode result = JsonNode.Parse(json)!;
        foreach (JsonNode? page in result["from"]!.AsArray())
        {
            if (page!["outcome"]!.GetValue<string>() == "underWay")
                page["newpage"] = null;
        }
        foreach (JsonNode? page in result["machine"]!["pages"]!.AsArray())
        {
            if (page!["flags"]!.AsArray().Any(flag => flag!.GetValue<string>() == "private"))
                page["private"] = null;
            page["buffers"] = new JsonArray([.. (page["buffers"]?.AsArray() ?? []).Select(buffer => (JsonNode)Buffer(buffer!))]);
        }
        JsonNode machine = result["machine"]!;
        machine["holds"] = machine["holds"]!.AsArray().Count;
        foreach (JsonNode? tree in result["machine"]!["trees"]!.AsArray())
        {
            if (tree!["mapping"] is JsonObject file)
                tree["mapping"] = file["file"]!.GetValue<int>();
        }
        return result.ToJsonString().ToLowerInvariant().Replace("\"waitsfor\":\"pagelock\"", "\"waitsfor\":\"page\"", StringComparison.Ordinal);
    }

    private static string Buffer(JsonNode buffer)
    {
        if (buffer["flags"] is JsonArray flags)
            return $"{string.Join(' ', flags.Select(flag => $"{flag}").Where(flag => flag != "asyncWrite").Select(flag => flag == "lock" ? "locked" : flag).Order())} {buffer["count"]}";
        string[] set = ["uptodate", "mapped", "dirty", "writeEio", "associated", "locked"];
        return $"{string.Join(' ', set.Where(flag => buffer[flag]!.GetValue<bool>()).Order())} {buffer["users"]}";
    }

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
