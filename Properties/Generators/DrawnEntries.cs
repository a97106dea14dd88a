using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The page table entries of a drawn page.</summary>
internal static class DrawnEntries
{
    private const int Swapped = 5;

    /// <summary>The entries of a page: one of each process at most, or two where a process has mapped a file twice.</summary>
    /// <param name="draw">The machine.</param>
    /// <param name="areas">Its VMAs.</param>
    /// <param name="page">The page.</param>
    /// <param name="owner">The owner in whose VMAs it lies, −1 for none.</param>
    /// <param name="index">Its offset.</param>
    /// <param name="mapped">False for a page that nobody can have mapped, since it was never uptodate.</param>
    public static (ScenarioPte[] Present, ScenarioSwapPte[] Swapped) Of(MachineDraw draw, DrawnAreas areas, PageDraw page, int owner, ulong index, bool mapped) =>
        owner < 0 ? ([], []) : page.Class switch
        {
            PageClass.File or PageClass.Tmpfs => (mapped ? [.. OfFile(draw, areas, page, owner, index)] : [], []),
            PageClass.Anon or PageClass.AnonSwapCache => OfMemory(draw, areas, page, owner, index),
            PageClass.Readahead => ([], [.. InSlots(draw, areas, page, owner, index)]),
            _ => ([], []),
        };

    // A private mapping of a file is never dirty, nor is a shared one that cannot be written. A shared one that was read
    // can be written without a fault.
    private static IEnumerable<ScenarioPte> OfFile(MachineDraw draw, DrawnAreas areas, PageDraw page, int owner, ulong index)
    {
        for (int process = 0; process < draw.Processes.Length; process++)
        {
            foreach ((int entry, bool second) in new[] { (page.Entries[process], false), (page.Second[process], true) })
            {
                if (entry is 0 or Swapped || areas.Find(process, owner, index, second) is not { } place)
                    continue;
                bool dirty = IsDirty(entry) && areas.IsShared(place.Vma);
                bool write = areas.IsShared(place.Vma) && areas.IsWritable(place.Vma) && (dirty || IsYoung(entry));
                yield return new ScenarioPte { Vma = place.Vma, Address = place.Address, Young = IsYoung(entry), Dirty = dirty, Write = write };
            }
        }
    }

    // Memory shared after a fork is read-only, and dirty in all entries or in none.
    private static (ScenarioPte[], ScenarioSwapPte[]) OfMemory(MachineDraw draw, DrawnAreas areas, PageDraw page, int owner, ulong index)
    {
        bool cached = page.Class == PageClass.AnonSwapCache;
        var users = new List<(int Entry, AreaPlace Place)>();
        for (int process = 0; process < draw.Processes.Length; process++)
        {
            int entry = page.Entries[process];
            // Memory that nothing maps and that is not in the swap cache does not exist.
            if (!cached && (entry == Swapped || (process == 0 && entry == 0)))
                entry = 1;
            if (entry != 0 && areas.Find(process, owner, index, anon: true) is { } place)
                users.Add((entry, place));
        }
        bool allDirty = users.Count > 0 && IsDirty(users[0].Entry) && users.All(user => user.Entry != Swapped);
        ScenarioPte[] present = [.. users.Where(user => user.Entry != Swapped).Select(user =>
        {
            bool dirty = users.Count > 1 ? allDirty : IsDirty(user.Entry);
            return new ScenarioPte
            {
                Vma = user.Place.Vma,
                Address = user.Place.Address,
                Young = IsYoung(user.Entry),
                Dirty = dirty,
                Write = dirty && users.Count == 1 && areas.IsWritable(user.Place.Vma),
            };
        })];
        return (present, [.. users.Where(user => user.Entry == Swapped).Select(user => new ScenarioSwapPte(user.Place.Vma, user.Place.Address))]);
    }

    private static IEnumerable<ScenarioSwapPte> InSlots(MachineDraw draw, DrawnAreas areas, PageDraw page, int owner, ulong index)
    {
        for (int process = 0; process < draw.Processes.Length; process++)
        {
            if (page.Entries[process] == Swapped && areas.Find(process, owner, index, anon: true) is { } place)
                yield return new ScenarioSwapPte(place.Vma, place.Address);
        }
    }

    private static bool IsYoung(int entry) => entry is 2 or 4;

    private static bool IsDirty(int entry) => entry is 3 or 4;
}
