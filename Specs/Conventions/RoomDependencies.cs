using System.Text.RegularExpressions;

namespace MigrationConformance.Conventions;

/// <summary>
/// The rooms of the engine stand on each other one way:
/// Machine, RadixTree, PageCache, Swap, Rmap, Vmscan, Migration, Tasks. Scenarios, Invariants,
/// Rendering and Exploration stand on those, and no kernel room knows of them.
/// </summary>
[TestFixture]
public sealed class RoomDependencies
{
    private const string Engine = "Engine/Core/";
    private const string Namespace = "MigrationConformance.Core";

    // From the ground up: a room may use what stands before it. Each is the namespace of its name below
    // MigrationConformance.Core; the ground itself, Machine, is MigrationConformance.Core, which every room
    // sees (a namespace Machine would hide the type).
    private static readonly string[] KernelRooms =
        ["Machine", "RadixTree", "PageCache", "Swap", "Rmap", "Vmscan", "Migration", "Tasks"];

    private static readonly string[] HarnessRooms = ["Scenarios", "Invariants", "Rendering", "Exploration"];

    private static readonly Regex FullName = new(@"\bMigrationConformance\s*\.\s*Core\s*\.\s*(?<room>\w+)");

    // `Room.Type` finds its way through the enclosing namespace without any using.
    private static readonly Regex RelativeName =
        new(@"(?<!\w)(?<!\.\s*)(?:Core\s*\.\s*)?(?<room>[A-Z]\w*)\s*\.\s*(?<type>[A-Z]\w*)");

    private static readonly Regex NamespaceLine = new(@"^\s*namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline);

    private static readonly Regex TypeDeclaration =
        new(@"\b(?:class|struct|interface|enum|record)\s+(?!class\b|struct\b)(?<type>[A-Z]\w*)");

    [Test]
    public void No_room_uses_a_room_above_it()
    {
        IReadOnlyList<SourceFile> sources = SourceTree.Files(Engine, "*.cs");

        Assert.That(sources, Is.Not.Empty);
        Hits.AssertNone(WrongUses(sources));
    }

    [TestCase("using MigrationConformance.Core.Migration;")]
    [TestCase("using static MigrationConformance.Core.Migration.MigratePages;")]
    [TestCase("using Step = MigrationConformance.Core.Migration.MigrationStep;")]
    [TestCase("object o = MigrationConformance.Core.Migration.MigrationStep.LockPage;")]
    [TestCase("object o = Migration.MigrationStep.LockPage;")]
    [TestCase("object o = Core.Migration.MigrationStep.LockPage;")]
    public void A_use_of_a_higher_room_is_caught_with_path_and_line(string use)
    {
        SourceFile above = Source("Migration", "MigrationStep", "enum MigrationStep;");

        IReadOnlyList<string> hits = WrongUses([above, Source("Rmap", "TryToUnmap", use)]);

        Assert.That(hits, Is.EqualTo(new[]
        {
            "Engine/Core/Rmap/TryToUnmap.cs:2: Rmap uses Migration, use instead: Machine, RadixTree, PageCache, Swap or Rmap itself",
        }));
    }

    [TestCase("Swap", "PageCache", 0)]
    [TestCase("PageCache", "Swap", 1)]
    [TestCase("RadixTree", "Machine", 0)]
    [TestCase("Machine", "RadixTree", 1)]
    [TestCase("Tasks", "Migration", 0)]
    [TestCase("Tasks", "Scenarios", 1)]
    [TestCase("Machine", "Rendering", 1)]
    [TestCase("Vmscan", "Invariants", 1)]
    [TestCase("Migration", "Exploration", 1)]
    [TestCase("Exploration", "Tasks", 0)]
    [TestCase("Exploration", "Invariants", 0)]
    [TestCase("Rmap", "Rmap", 0)]
    public void Uses_point_one_way(string from, string to, int hits)
    {
        Assert.That(
            WrongUses([Source(from, "A", $"using {Namespace}.{to};")]), Has.Count.EqualTo(hits));
    }

    [TestCase("// using MigrationConformance.Core.Migration;")]
    [TestCase("string s = \"MigrationConformance.Core.Migration\";")]
    [TestCase("int n = machine.Migration.Count;")]
    [TestCase("int n = Migration.Count;")]
    public void Words_and_members_of_the_same_name_are_left_alone(string line)
    {
        SourceFile above = Source("Migration", "MigrationStep", "enum MigrationStep;");

        Assert.That(WrongUses([above, Source("Machine", "Machine", line)]), Is.Empty);
    }

    [Test]
    public void A_file_in_another_namespace_than_its_room_is_caught()
    {
        var stray = new SourceFile("Engine/Core/Rmap/A.cs", $"namespace {Namespace};\n");

        Assert.That(WrongUses([stray]), Is.EqualTo(new[]
        {
            "Engine/Core/Rmap/A.cs:1: namespace MigrationConformance.Core, use instead: MigrationConformance.Core.Rmap",
        }));
    }

    [TestCase("Machine", "MigrationConformance.Core", 0)]
    [TestCase("Rmap", "MigrationConformance.Core.Rmap.Walks", 0)]
    [TestCase("Rmap", "MigrationConformance.Core.RmapWalks", 1)]
    [TestCase("Rmap", "MigrationConformance.Core.Machine", 1)]
    [TestCase("Machine", "MigrationConformance.Cli", 1)]
    public void A_namespace_tells_the_room(string room, string name, int hits)
    {
        var file = new SourceFile($"Engine/Core/{room}/A.cs", $"namespace {name};\n");

        Assert.That(WrongUses([file]), Has.Count.EqualTo(hits));
    }

    [Test]
    public void A_room_that_the_table_does_not_know_is_caught()
    {
        Assert.That(WrongUses([Source("Attic", "A", "")]), Is.EqualTo(new[]
        {
            "Engine/Core/Attic/A.cs:1: unknown room Attic, use instead: a room of the table in RoomDependencies",
        }));
    }

    private static SourceFile Source(string room, string type, string line) =>
        new($"{Engine}{room}/{type}.cs", $"namespace {Namespace}.{room};\n{line}\n");

    private static IReadOnlyList<string> WrongUses(IReadOnlyList<SourceFile> sources)
    {
        SourceFile[] code = [.. sources.Select(source => source.CodeOnly())];
        var typesOf = code.GroupBy(RoomOf).ToDictionary(
            room => room.Key,
            room => room.SelectMany(file => TypeDeclaration.Matches(file.Text))
                .Select(match => match.Groups["type"].Value).ToHashSet());
        var hits = new List<string>();
        foreach (SourceFile file in code)
        {
            string room = RoomOf(file);
            if (MayUse(room) is not { } allowed)
            {
                hits.Add($"{file.Path}:1: unknown room {room}, use instead: a room of the table in RoomDependencies");
                continue;
            }

            hits.AddRange(WrongNamespaces(file, room));
            IEnumerable<(int Line, string Room)> uses = Uses(file, typesOf).Distinct();
            hits.AddRange(uses.Where(use => use.Room != room && !allowed.Contains(use.Room)).Select(use =>
                $"{file.Path}:{use.Line}: {room} uses {use.Room}, use instead: "
                + string.Join(", ", allowed.Where(KernelRooms.Contains)) + $" or {room} itself"));
        }

        return hits;
    }

    private static IEnumerable<string> WrongNamespaces(SourceFile file, string room)
    {
        string expected = room is "" or "Machine" ? Namespace : $"{Namespace}.{room}";
        return NamespaceLine.Matches(file.Text)
            .Where(match => !$"{match.Groups["name"].Value}.".StartsWith($"{expected}.", StringComparison.Ordinal))
            .Select(match => $"{file.Path}:{file.LineOf(match.Groups["name"].Index)}: namespace {match.Groups["name"].Value}, "
                + $"use instead: {expected}");
    }

    private static IEnumerable<(int Line, string Room)> Uses(SourceFile file, Dictionary<string, HashSet<string>> typesOf)
    {
        foreach (Match match in FullName.Matches(file.Text))
        {
            string room = match.Groups["room"].Value;
            if (KernelRooms.Contains(room) || HarnessRooms.Contains(room))
            {
                yield return (file.LineOf(match.Index), room);
            }
        }

        foreach (Match match in RelativeName.Matches(file.Text))
        {
            string room = match.Groups["room"].Value;
            if (typesOf.TryGetValue(room, out HashSet<string>? types) && types.Contains(match.Groups["type"].Value))
            {
                yield return (file.LineOf(match.Index), room);
            }
        }
    }

    // The folder below Engine/Core, or "" for a file that lies in no room.
    private static string RoomOf(SourceFile file)
    {
        string inside = file.Path[Engine.Length..];
        int slash = inside.IndexOf('/');
        return slash < 0 ? "" : inside[..slash];
    }

    private static string[]? MayUse(string room)
    {
        int floor = Array.IndexOf(KernelRooms, room);
        return floor >= 0 ? KernelRooms[..floor]
            : HarnessRooms.Contains(room) ? [.. KernelRooms, .. HarnessRooms]
            : room == "" ? []
            : null;
    }
}
