namespace MigrationConformance.Core;

/// <summary>After step 16 the old page has no mapping, no private, none of its owner's flags, and its caller's reference only.</summary>
internal static class OldPagesAreEmpty
{
    public const string Name = "old pages are empty";

    public static Violation? Check(Machine m, Survey survey)
    {
        const PageFlags Owned = PageFlags.SwapCache | PageFlags.Private | PageFlags.Active | PageFlags.Dirty | PageFlags.Writeback;
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            bool after16 = StepOrder.IsBetween(t, MigrationStep.EndNewPageWriteback, MigrationStep.FinishPage);
            if (!after16 || t.Page.IsNone || t.Newpage.IsNone || t.Rc != 0 || t.Reason != BackOutReason.None)
                continue;
            ref Page p = ref m.Pages[t.Page.Value];
            if (!p.Mapping.IsNull || p.Private != 0 || p.Has(Owned) || p.Count != 1 || p.Mapcount != 0)
                return new Violation(Name, $"page {t.Page.Value} after its migration: flags {p.Flags}, mapping {p.Mapping}, private {p.Private}, {Ledger.Describe(m, t.Page)}", t.Page);
        }
        return null;
    }
}
