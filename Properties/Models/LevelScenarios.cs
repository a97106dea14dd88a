using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Scenarios at every patch level, with and without a system call, half of them of machines to which that level makes a difference.</summary>
internal static class LevelScenarios
{
    private static readonly Gen<int> Die = Gen.Int[0, 99];

    /// <summary>A scenario at any level; the patch itself more often.</summary>
    public static readonly Gen<Scenario> All = Gen.Frequency(
        [.. Enum.GetValues<PatchLevel>().Select(level => (level == PatchLevel.V9 ? 3 : 1, At(level)))]);

    /// <summary>A scenario at one level.</summary>
    public static Gen<Scenario> At(PatchLevel level) => Gen.Select(Machines(level), Die, Surroundings.Any, (scenario, die, around) =>
        Surroundings.Around(Sharpened(scenario with { Patch = level }, die), around));

    private static Gen<Scenario> Machines(PatchLevel level)
    {
        bool ofCalls = level is PatchLevel.PolicyLayer or PatchLevel.NewPageOrder or PatchLevel.ChunkedAllocation or PatchLevel.SwapRequired;
        return Gen.Frequency((ofCalls ? 1 : 5, MachineGen.Scenarios), (2, CallGen.Scenarios), (ofCalls ? 3 : 1, RangeScenarios.All));
    }

    // Half of the machines are bent towards what the level changes.
    private static Scenario Sharpened(Scenario scenario, int die) => die >= 50 ? scenario : scenario.Patch switch
    {
        PatchLevel.NewPageOrder or PatchLevel.ChunkedAllocation => WithManyMovers(scenario),
        PatchLevel.MlockedFails => WithLockedVma(scenario),
        PatchLevel.EntriesRestored => WithOtherEntries(scenario),
        PatchLevel.SwapPageIgnoresReferences => SwappedOutWhileYoung(scenario),
        PatchLevel.SwapRequired => WithoutFreeSlot(scenario),
        PatchLevel.UnmappedBeforeWritten => WithoutMethods(scenario),
        _ => scenario,
    };

    // All pages on one node, nothing that holds them there, and a caller who may move them.
    private static Scenario WithManyMovers(Scenario scenario) => scenario.Call is not { } call ? scenario : scenario with
    {
        Pages = [.. scenario.Pages.Select(page => page.List == PagePlace.Free ? page : page with
        {
            Zone = 0,
            Locked = null,
            References = page.Ptes.Count > 0 ? [] : page.References,
        })],
        Processes = [.. scenario.Processes!.Select(process => process with { CapSysNice = true, Mems = null })],
        Call = call with { From = [0], To = [1], Nodes = [1, 2], Flags = MpolFlags.MoveAll, Process = call.Process ?? 0 },
    };

    private static Scenario WithLockedVma(Scenario scenario)
    {
        if (scenario.Vmas is not { } vmas || scenario.Pages.FirstOrDefault(page => page.Ptes.Count > 0)?.Ptes[^1].Vma is not { } locked)
            return scenario;
        return scenario with { Vmas = vmas.With(locked, vmas[locked] with { Flags = vmas[locked].Flags | VmFlags.Locked }) };
    }

    private static Scenario SwappedOutWhileYoung(Scenario scenario) => scenario with
    {
        To = scenario.Call is null ? ScenarioTo.SwapOut : scenario.To,
        Pages = [.. scenario.Pages.Select(page => page with { Ptes = [.. page.Ptes.Select(pte => pte with { Young = true })] })],
    };

    // Where an anonymous page could be mapped and is not, there is an entry of another slot.
    private static Scenario WithOtherEntries(Scenario scenario)
    {
        if (scenario.Swap.Slots is not null || scenario.Vmas is not { } vmas)
            return scenario;
        int slot = NamedSlots(scenario).Max;
        foreach (ScenarioPage page in scenario.Pages.Where(page => page.AnonVma is not null))
        {
            for (int i = 0; i < vmas.Count; i++)
            {
                ScenarioVma vma = vmas[i];
                if (vma.AnonVma != page.AnonVma || page.Index < vma.Pgoff || page.Index - vma.Pgoff >= vma.Pages)
                    continue;
                ulong address = vma.Start + ((page.Index - vma.Pgoff) << Machine.PageShift);
                bool maps = page.Ptes.Any(pte => pte.Vma == i) || page.SwapPtes.Any(pte => pte.Vma == i) || vma.Entries.Any(entry => entry.Address == address);
                if (!maps)
                    vmas = vmas.With(i, vma with { Entries = vma.Entries.With(new ScenarioEntry(address, ++slot)) });
            }
        }
        return scenario with { Vmas = vmas };
    }

    private static SortedSet<int> NamedSlots(Scenario scenario) =>
    [
        .. scenario.Pages.Select(page => page.SwapCache).Where(slot => slot != 0),
        .. scenario.Vmas?.SelectMany(vma => vma.Entries).Select(entry => entry.Slot).Where(slot => slot != 0) ?? [],
        .. scenario.Files?.SelectMany(file => file.Swapped).Select(swapped => swapped.Slot) ?? [],
        .. scenario.Swap.Map.Select(use => use.Slot),
    ];

    // Every slot that nothing names has a user that is not shown.
    private static Scenario WithoutFreeSlot(Scenario scenario)
    {
        SortedSet<int> named = NamedSlots(scenario);
        return scenario with
        {
            Swap = scenario.Swap with
            {
                Slots = named.Max,
                Map = [.. scenario.Swap.Map, .. Enumerable.Range(1, named.Max).Where(slot => !named.Contains(slot)).Select(slot => new ScenarioSlotUse(slot, Users: 1))],
                Contents = [.. scenario.Swap.Contents.Where(contents => contents.Slot <= named.Max)],
            },
        };
    }

    private static Scenario WithoutMethods(Scenario scenario) => scenario with
    {
        Files = scenario.Files is { } files ? [.. files.Select(file => file with { Migratepage = MigratepageMode.Absent })] : null,
    };
}
