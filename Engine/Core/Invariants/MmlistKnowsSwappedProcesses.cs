namespace MigrationConformance.Core;

/// <summary>A process with a swap entry is on the mmlist, where swapoff looks for it.</summary>
internal static class MmlistKnowsSwappedProcesses
{
    public const string Name = "mmlist knows swapped processes";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int mm = 0; mm < m.Mms.Count; mm++)
        {
            if (m.Mms[mm].MmlistNext != Mm.NotOnMmlist)
                continue;
            var entries = new EntryCursor(m, new MmId(mm));
            while (entries.Next())
            {
                if (entries.Pte.IsSwap)
                    return new Violation(Name, $"process {mm} has {entries.Pte.SwapEntry} at 0x{entries.Address:x} and is not on the mmlist", Pfn.None);
            }
        }
        return null;
    }
}
