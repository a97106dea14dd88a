using System.Text;
using MigrationConformance.Conventions;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The museum: a page of the defects that kernels and drafts had, written from those planted here, with a run for each.</summary>
[TestFixture]
public sealed class MuseumPage
{
    private const string Folder = "Properties/Museum", Command = "dotnet test Properties -c Release -e WRITE_GENERATED=1 --filter MuseumPage";

    private static readonly Lazy<Exhibit[]> Exhibits = new(() => [.. Exhibit.All]);

    private static string[] Files => [.. Directory.GetFiles(Path.Combine(SourceTree.Root, Folder), "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Test, Order(0)]
    public void The_page_and_its_runs_are_what_the_planted_defects_give()
    {
        AssertCurrent("README.md", Page());
        foreach (Exhibit exhibit in Exhibits.Value)
            AssertCurrent($"{exhibit.Entry.Id}.json", InterleavedText.Write(exhibit.Run));
        Assert.That(Files, Is.EquivalentTo(Exhibits.Value.Select(exhibit => $"{exhibit.Entry.Id}.json")), "files that no exhibit has");
    }

    [TestCaseSource(nameof(Files)), Order(1)]
    public void Every_run_is_right_with_the_right_kernel_and_breaks_the_rule_with_the_wrong_one(string file)
    {
        Interleaved run = InterleavedText.Read(File.ReadAllText(Path.Combine(SourceTree.Root, Folder, file)));
        Defect defect = DefectList.All.First(planted => planted.Ids.Contains(Path.GetFileNameWithoutExtension(file)));

        Assert.That(CheckedRun.Of(run).Violation, Is.Null);
        if (!defect.InTheCode)
            Assert.That(CheckedRun.Of(run, defect.Variant ?? new FaultyStepper(defect)).Violation?.Rule, Is.EqualTo(defect.Rule));
    }

    private static void AssertCurrent(string name, string expected)
    {
        string full = Path.Combine(SourceTree.Root, Folder, name);
        if (Environment.GetEnvironmentVariable("WRITE_GENERATED") == "1")
            File.WriteAllText(full, expected);
        Assert.That(File.Exists(full) ? File.ReadAllText(full).ReplaceLineEndings("\n") : "", Is.EqualTo(expected), $"{Folder}/{name} is out of date; write it with: {Command}");
    }

    private static string Page()
    {
        var text = new StringBuilder("""
            # The museum

            Defects that page migration had: in drafts of the patch, in the series, in later kernels. Each is planted in this
            engine and caught; what stands here is written from that. A defect of a later kernel is here when its rule holds
            already at one of the levels.

            The run of an exhibit is the smallest that shows it. `replay` plays it with the right kernel; the step at which the
            wrong one goes another way is told here, with what the rule says then.

            ```
            dotnet run -c Release --project Engine/Cli -- replay Properties/Museum/D01.json
            ```

            The tests that plant them: [PlantedDefects](../Defects/PlantedDefects.cs); the wrong lines: [DefectList](../Defects).
            A name in capitals is a rule of a step ([StepRules](../../Engine/Core/StepRules)),
            any other an [invariant](../../Engine/Core/Invariants). Levels are the words of `--patch`, at which the same wrong line
            breaks the same rule.

            | when | | what | caught by | levels |
            |---|---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (Exhibit exhibit in Exhibits.Value)
            text.Append($"| {exhibit.Entry.When} | [{exhibit.Entry.Id}](#{exhibit.Entry.Id.ToLowerInvariant()}) | {exhibit.Entry.Title} | {exhibit.Defect.Rule} | {Levels(exhibit.Levels)} |\n");
        foreach (Exhibit exhibit in Exhibits.Value)
            Append(text, exhibit);
        text.Append("\n## Not caught\n\nPlanted too, in a space that closes with nothing broken: other lines make up for them.\n\n| when | | what |\n|---|---|---|\n");
        foreach (CatalogueEntry entry in DefectList.Survivors.SelectMany(defect => defect.Ids).Select(Catalogue.Of).Where(entry => entry.IsHistory))
            text.Append($"| {entry.When} | {entry.Id} | {entry.Title} |\n");
        text.Append("\n## Not shown\n\n| when | | what | why not |\n|---|---|---|---|\n");
        foreach ((CatalogueEntry entry, string reason) in NotPlanted.All.Select(left => (Catalogue.Of(left.Id), left.Reason)).Where(left => left.Item1.IsHistory))
            text.Append($"| {entry.When} | {entry.Id} | {entry.Title} | {reason} |\n");
        return text.ToString();
    }

    private static void Append(StringBuilder text, Exhibit exhibit)
    {
        string file = $"{exhibit.Entry.Id}.json";
        string what = exhibit.Run.Scenario.Call is null ? "migration" : "call";
        string actors = exhibit.Run.Actors.Count == 0 ? $"the {what} alone" : $"the {what}; {string.Join("; ", exhibit.Run.Actors.AsSpan().ToArray().Select((actor, i) => $"task {i + 1}: {actor}"))}";
        text.Append($"\n<a id=\"{exhibit.Entry.Id.ToLowerInvariant()}\"></a>\n\n## {exhibit.Entry.When}: {exhibit.Entry.Title}\n\n{exhibit.Entry.WasWrong}\n\n")
            .Append($"- {exhibit.Entry.Id}, caught by **{exhibit.Defect.Rule}**, levels: {Levels(exhibit.Levels)}\n")
            .Append($"- Run: [{file}]({file}), {actors}\n- It goes wrong at {exhibit.GoesWrong}\n- {exhibit.Defect.Rule}: “{exhibit.Sentence}”\n");
    }

    // "all", or ranges of words.
    private static string Levels(PatchLevel[] levels)
    {
        PatchLevel[] all = Enum.GetValues<PatchLevel>();
        if (levels.Length == all.Length)
            return "all";
        var ranges = new List<string>();
        for (int first = 0, last; first < levels.Length; first = last + 1)
        {
            for (last = first; last + 1 < levels.Length && levels[last + 1] == levels[last] + 1; last++)
            {
            }
            string from = PatchSet.Word(levels[first]);
            ranges.Add(first == last ? from : levels[last] == all[^1] ? $"{from} and later" : $"{from} to {PatchSet.Word(levels[last])}");
        }
        return string.Join(", ", ranges);
    }
}
