using System.Text.RegularExpressions;

namespace MigrationConformance.Conventions;

/// <summary>
/// The rooms of the engine are folders; all of it is one namespace, so only a test can tell that they stand on
/// each other one way. Each type belongs to the room of the file that declares it, and a room may use the types
/// of the rooms below it only.
/// </summary>
[TestFixture]
public sealed class RoomDependencies
{
    private const string Engine = "Engine/Core/";

    // From the ground up: a room may use what stands before it.
    private static readonly string[] KernelRooms =
        ["Machine", "RadixTree", "PageCache", "Swap", "Rmap", "Vmscan", "Migration", "Policy", "Tasks"];

    // On top: these may use each other and every kernel room.
    private static readonly string[] HarnessRooms = ["Scenarios", "Invariants", "StepRules", "Rendering", "Exploration"];

    // Above all: it may use every room, and none uses it.
    private const string TopRoom = "Comparison";

    // At the margin only: a nested type is its outer type's own matter.
    private static readonly Regex TypeDeclaration = new(
        @"^(?:(?<static>static)\s+|[a-z]+\s+)*?(?:class|struct|interface|enum|record)\s+(?:struct\s+)?(?<type>[A-Z]\w*)", RegexOptions.Multiline);

    private static readonly Regex Name = new(@"(?<![\w@])(?<!(?<!\bCore\s*)\.\s*)(?<type>[A-Z]\w*)\b(?=(?:\s*\.\s*(?<member>\w+))?)");

    private static readonly Regex NamespaceLine = new(@"^\s*namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline);

    [Test]
    public void No_room_uses_a_room_above_it()
    {
        IReadOnlyList<SourceFile> sources = SourceTree.Files(Engine, "*.cs");

        Assert.That(sources.Select(RoomOf).Distinct(), Is.SupersetOf(KernelRooms[..^1]));
        Hits.AssertNone(WrongUses(sources));
    }

    [TestCase("MigratePages.Advance(m, task);")]
    [TestCase("Core.MigratePages.Advance(m, task);")]
    [TestCase("MigrationConformance.Core.MigratePages.Advance(m, task);")]
    [TestCase("f($\"{MigratePages.Advance(m, task)}\");")]
    [TestCase("IMigrationObserver observer = null;")]
    [TestCase("var all = new List<IMigrationObserver>();")]
    [TestCase("f((IMigrationObserver)o);")]
    public void A_use_of_a_higher_room_is_caught_with_path_and_line(string use)
    {
        SourceFile driver = Source("Migration", "MigratePages", "public static class MigratePages { static int Advance(); }");
        SourceFile observer = Source("Migration", "IMigrationObserver", "public interface IMigrationObserver { }");

        IReadOnlyList<string> hits = WrongUses([driver, observer, Source("Rmap", "TryToUnmap", use)]);

        Assert.That(hits, Is.EqualTo(new[]
        {
            "Engine/Core/Rmap/TryToUnmap.cs:3: Rmap uses Migration, use instead: Machine, RadixTree, PageCache, Swap or Rmap itself",
        }));
    }

    [TestCase("// MigratePages.Advance(m, task);")]
    [TestCase("f(\"MigratePages.Advance\");")]
    [TestCase("m.MigratePages.Advance();")]
    [TestCase("MigratePages.Add(row);")]
    [TestCase("enum E { MigratePages = 1 }")]
    [TestCase("MigratePagesSoon.Advance();")]
    public void Names_that_only_look_like_a_type_of_a_higher_room_are_left_alone(string line)
    {
        SourceFile above = Source("Migration", "MigratePages", "public static class MigratePages { static int Advance(); }");

        Assert.That(WrongUses([above, Source("Rmap", "TryToUnmap", line)]), Is.Empty);
    }

    [Test]
    public void A_nested_type_is_no_business_of_other_rooms()
    {
        SourceFile above = Source("Migration", "A", "class A\n{\n    enum Result { }\n}");

        Assert.That(WrongUses([above, Source("Machine", "B", "class B { int Result; }")]), Is.Empty);
    }

    [TestCase("Swap", "PageCache", 0)]
    [TestCase("PageCache", "Swap", 1)]
    [TestCase("RadixTree", "Machine", 0)]
    [TestCase("Machine", "RadixTree", 1)]
    [TestCase("Tasks", "Migration", 0)]
    [TestCase("Migration", "Tasks", 1)]
    [TestCase("Tasks", "Scenarios", 1)]
    [TestCase("Machine", "Rendering", 1)]
    [TestCase("Vmscan", "Invariants", 1)]
    [TestCase("Migration", "Exploration", 1)]
    [TestCase("Exploration", "Comparison", 1)]
    [TestCase("Comparison", "Exploration", 0)]
    [TestCase("Exploration", "Tasks", 0)]
    [TestCase("Exploration", "Invariants", 0)]
    [TestCase("Rmap", "Rmap", 0)]
    public void Uses_point_one_way(string from, string to, int hits)
    {
        SourceFile user = Source(from, "User", "class User { Used used; }");
        SourceFile used = Source(to, "Used", "sealed class Used { }");

        Assert.That(WrongUses([user, used]), Has.Count.EqualTo(hits));
    }

    [Test]
    public void A_namespace_of_its_own_is_caught()
    {
        Assert.That(WrongUses([new SourceFile("Engine/Core/Rmap/A.cs", "namespace MigrationConformance.Core.Rmap;\n")]), Is.EqualTo(new[]
        {
            "Engine/Core/Rmap/A.cs:1: namespace MigrationConformance.Core.Rmap, use instead: MigrationConformance.Core",
        }));
    }

    [Test]
    public void A_room_that_the_table_does_not_know_is_caught()
    {
        Assert.That(WrongUses([Source("Attic", "A", "")]), Is.EqualTo(new[]
        {
            "Engine/Core/Attic/A.cs:1: unknown room Attic, use instead: a room of the table in RoomDependencies",
        }));
    }

    private static SourceFile Source(string room, string file, string line) =>
        new($"{Engine}{room}/{file}.cs", $"namespace MigrationConformance.Core;\n\n{line}\n");

    private static IReadOnlyList<string> WrongUses(IReadOnlyList<SourceFile> sources)
    {
        SourceFile[] code = [.. sources.Select(source => source.CodeOnly())];
        Dictionary<string, Declared> types = Types(code);
        var hits = new List<string>();
        foreach (SourceFile file in code)
        {
            string room = RoomOf(file);
            if (MayUse(room) is not { } allowed)
            {
                hits.Add($"{file.Path}:1: unknown room {room}, use instead: a room of the table in RoomDependencies");
                continue;
            }
            hits.AddRange(NamespaceLine.Matches(file.Text)
                .Where(match => match.Groups["name"].Value != "MigrationConformance.Core")
                .Select(match => $"{file.Path}:{file.LineOf(match.Groups["name"].Index)}: namespace {match.Groups["name"].Value}, "
                    + "use instead: MigrationConformance.Core"));
            hits.AddRange(Uses(file, types).Distinct().Where(use => use.Room != room && !allowed.Contains(use.Room)).Select(use =>
                $"{file.Path}:{use.Line}: {room} uses {use.Room}, use instead: "
                + string.Join(", ", allowed.Where(KernelRooms.Contains)) + $" or {room} itself"));
        }
        return hits;
    }

    private static Dictionary<string, Declared> Types(SourceFile[] code)
    {
        var types = new Dictionary<string, Declared>();
        foreach (SourceFile file in code)
        {
            foreach (Match match in TypeDeclaration.Matches(file.Text))
                types[match.Groups["type"].Value] = new Declared(RoomOf(file), match.Groups["static"].Success, file.Text);
        }
        return types;
    }

    // A static class can only be used through a member, and its name is often a table's or an enum member's too;
    // so it counts only with a member that its file declares.
    private static IEnumerable<(int Line, string Room)> Uses(SourceFile file, Dictionary<string, Declared> types) =>
        from Match match in Name.Matches(file.Text)
        let type = types.GetValueOrDefault(match.Groups["type"].Value)
        where type is not null && (!type.IsStatic
            || (match.Groups["member"].Success && Regex.IsMatch(type.Text, $@"\b{match.Groups["member"].Value}\b")))
        select (file.LineOf(match.Index), type.Room);

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
            : HarnessRooms.Contains(room) || room == TopRoom ? [.. KernelRooms, .. HarnessRooms]
            : null;
    }

    private sealed record Declared(string Room, bool IsStatic, string Text);
}
