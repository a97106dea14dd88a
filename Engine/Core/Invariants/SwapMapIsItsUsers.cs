namespace MigrationConformance.Core;

/// <summary>swap_map counts the swap entries, the swap cache, the tmpfs vectors and what tasks hold.</summary>
internal static class SwapMapIsItsUsers
{
    public const string Name = "swap_map is its users";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int slot = 1; slot < m.SwapMap.Count; slot++)
        {
            int count = m.SwapMap[slot];
            // A saturated count stays where it is.
            if (count >= SwapArea.MapMax)
                continue;
            int users = survey.SlotUsers[slot] + survey.HiddenUsers(slot);
            if (count != users)
                return new Violation(Name, $"slot {slot}: swap_map {count}, users {users}", Cached(m, slot));
        }
        return null;
    }

    private static Pfn Cached(Machine m, int slot)
    {
        int page = RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, (ulong)slot);
        return page >= 0 ? new Pfn(page) : Pfn.None;
    }
}
