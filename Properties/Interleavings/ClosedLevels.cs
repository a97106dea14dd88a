using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every interleaving of a migration of a later level with one actor, where a step or a way out is new: the spaces close, and nothing in them breaks a rule.</summary>
[TestFixture]
public sealed class ClosedLevels
{
    /// <summary>Rules of steps that only later levels have.</summary>
    internal static readonly string[] OfLaterLevels =
    [
        "METHOD", "UNMAP-FIRST", "WRITE-UNMAPPED", "BUFFER-LOCKED", "BUFFERS-MOVE", "BUFFER-SET", "BUFFERS-SET", "BUFFER-UNLOCKED", "STEP-18-ENTRY", "STEP-18-CACHE",
    ];

    private static readonly (PatchLevel Level, MigratepageMode? Method, PageKind[] Kinds)[] Levels =
    [
        (PatchLevel.MigratepageMethod, null, [PageKind.AnonNotInSwapCache, PageKind.FileDirty, PageKind.FileWithBuffers]),
        (PatchLevel.MigratepageMethod, MigratepageMode.FailMigratePage, [PageKind.FileClean]),
        (PatchLevel.EntriesRestored, null, [PageKind.AnonCleanInSwapCache, PageKind.AnonNotInSwapCache]),
        (PatchSet.Last, null, [PageKind.AnonNotInSwapCache, PageKind.AnonShared, PageKind.FileDirty, PageKind.FileWithBuffers, PageKind.FileMlocked]),
        (PatchSet.Last, MigratepageMode.Absent, [PageKind.FileClean, PageKind.FileDirty, PageKind.FileWithBuffers, PageKind.FileMlocked]),
    ];

    [Test]
    public void Close_and_have_the_pinned_size()
    {
        var text = new StringBuilder();
        int[] triggered = new int[StepRules.All.Length];
        foreach ((PatchLevel level, MigratepageMode? method, PageKind[] kinds) in Levels)
        {
            foreach (PageKind kind in kinds)
            {
                foreach (SmallActor actor in Enum.GetValues<SmallActor>().Where(actor => SmallMachines.Possible(kind, actor)))
                {
                    string name = $"{level}{(method is null ? "" : $" {method}")}: {kind} + {actor}";
                    text.Append(ClosedSpaces.Line(name, ClosedSpaces.Close(Run(level, method, kind, actor), triggered)));
                }
            }
        }

        Assert.That(ClosedSpaces.NeverTriggered(triggered).Intersect(OfLaterLevels), Is.Empty, "rules that no step triggered");
        Approved.Check("Interleavings/ClosedSpacesOfLevels.approved.txt", text.ToString());
    }

    private static Interleaved Run(PatchLevel level, MigratepageMode? method, PageKind kind, SmallActor actor)
    {
        Scenario scenario = SmallMachines.Scenario(kind) with { Patch = level };
        if (method is not null)
            scenario = scenario with { Files = [scenario.Files![0] with { Migratepage = method }] };
        return new Interleaved(scenario, [SmallMachines.Actor(actor)], []);
    }
}
