namespace MigrationConformance.Core;

/// <summary>An anonymous page with a writable entry has no other user, present or swapped out: what is shared after fork is copied before it is written.</summary>
internal static class SharedMemoryIsReadOnly
{
    public const string Name = "shared memory is read-only";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int mm = 0; mm < m.Mms.Count; mm++)
        {
            var entries = new EntryCursor(m, new MmId(mm));
            while (entries.Next())
            {
                if (!entries.Pte.IsPresent || !entries.Pte.IsWrite)
                    continue;
                ref Page p = ref m.Pages[entries.Pte.Page.Value];
                int others = !p.IsAnon ? 0 : p.Mapcount - 1 + (p.Has(PageFlags.SwapCache) ? survey.SlotUsers[(int)p.Private] - 1 : 0);
                if (others > 0)
                    return new Violation(Name, $"process {mm} can write at 0x{entries.Address:x} to page {entries.Pte.Page.Value}, which has {others} more user{(others > 1 ? "s" : "")}", entries.Pte.Page);
            }
        }
        return null;
    }
}
