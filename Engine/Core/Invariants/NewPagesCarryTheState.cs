namespace MigrationConformance.Core;

/// <summary>Between steps 16 and 19 the new page is what the old one was: contents, mapping, index, entry, and exactly the copied flags.</summary>
internal static class NewPagesCarryTheState
{
    public const string Name = "new pages carry the state";

    private const PageFlags Copied = PageFlags.Error | PageFlags.Referenced | PageFlags.Uptodate | PageFlags.Checked | PageFlags.MappedToDisk;

    public static Violation? Check(Machine m, Survey survey)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Newpage.IsNone || t.Rc != 0 || !StepOrder.IsBetween(t, MigrationStep.EndNewPageWriteback, MigrationStep.DropLocks))
                continue;
            ref Page p = ref m.Pages[t.Page.Value];
            ref Page n = ref m.Pages[t.Newpage.Value];
            PageFlags left = p.Flags & Copied & ~n.Flags;
            // Step 16 leaves these five on the old page; readers may have added PG_referenced to the new one.
            PageFlags added = n.Flags & Copied & ~p.Flags & ~PageFlags.Referenced & ~(t.Newpage.Value < survey.Start.Pages.Count ? survey.Start.Pages[t.Newpage.Value].Flags : 0);
            if (left != 0 || added != 0)
                return new Violation(Name, $"page {t.Newpage.Value} lacks {left} and has {added} that page {t.Page.Value} has not", t.Newpage);
            // Nobody writes the new page before its lock is free: memory is behind a swap entry, and a file's page keeps its value.
            if (n.Contents != p.Contents)
                return new Violation(Name, $"page {t.Newpage.Value} has the contents {n.Contents}, page {t.Page.Value} had {p.Contents}", t.Newpage);
            if (n.Has(PageFlags.Arch1) && !Was(survey, t.Newpage, PageFlags.Arch1))
                return new Violation(Name, $"page {t.Newpage.Value} has PG_arch_1, which is not carried over", t.Newpage);
        }
        return null;
    }

    private static bool Was(Survey survey, Pfn page, PageFlags flag) =>
        page.Value < survey.Start.Pages.Count && survey.Start.Pages[page.Value].Has(flag);
}
