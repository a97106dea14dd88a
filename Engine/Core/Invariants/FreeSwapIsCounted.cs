namespace MigrationConformance.Core;

/// <summary>nr_swap_pages counts the slots without users, and none lies below lowest_free.</summary>
internal static class FreeSwapIsCounted
{
    public const string Name = "free swap is counted";

    public static Violation? Check(Machine m, Survey survey)
    {
        int free = 0;
        for (int slot = 1; slot < m.SwapMap.Count; slot++)
        {
            if (m.SwapMap[slot] != 0)
                continue;
            free++;
            if (slot < m.Swap.LowestFree)
                return new Violation(Name, $"slot {slot} is free, lowest_free is {m.Swap.LowestFree}", Pfn.None);
        }
        return free == m.Swap.NrSwapPages
            ? null
            : new Violation(Name, $"{free} slots are free, nr_swap_pages is {m.Swap.NrSwapPages}", Pfn.None);
    }
}
