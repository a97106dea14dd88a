namespace MigrationConformance.Core;

/// <summary>PG_locked has exactly one owner, and who thinks to hold it finds it set.</summary>
internal static class PageLocksHaveOwners
{
    public const string Name = "page locks have owners";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            int owners = 0;
            foreach (ref KernelTask t in m.Tasks.Rows)
            {
                owners += t.HoldsPageLock != 0 && t.Page.Value == page ? 1 : 0;
                owners += t.HoldsNewpageLock != 0 && t.Newpage.Value == page ? 1 : 0;
            }
            foreach (ref Hold hold in m.Holds.Rows)
                owners += hold.Kind == HoldKind.PageLock && hold.Page.Value == page ? 1 : 0;
            bool locked = m.Pages[page].Has(PageFlags.Locked);
            if (owners != (locked ? 1 : 0))
                return new Violation(Name, $"page {page} is {(locked ? "locked" : "not locked")}, owners: {owners}", new Pfn(page));
        }
        return null;
    }
}
