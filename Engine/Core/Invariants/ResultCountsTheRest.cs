namespace MigrationConformance.Core;

/// <summary>migrate_pages returns the pages that failed and those of the last pass that asked for a retry.</summary>
internal static class ResultCountsTheRest
{
    public const string Name = "result counts the rest";

    public static Violation? Check(Machine m, Survey survey)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind != TaskKind.Migration || t.Step != (int)MigrationStep.Finished)
                continue;
            int failed = Length(m, t.Failed), from = Length(m, t.From);
            if (t.Call != 0)
                failed -= m.PolicyCalls[t.Call - 1].NrFailedBefore;
            // Pages that were not reached because to ran out are not counted, and forget the retries before them.
            bool exact = t.Reason != BackOutReason.ToEmpty;
            if (t.Result > failed + from || t.Result < failed || (exact && t.Result != failed + from))
                return new Violation(Name, $"migrate_pages returned {t.Result}, failed has {failed} pages and from {from}", Pfn.None);
            if (t.SwapwriteSetHere != 0 && t.PfSwapwrite != 0)
                return new Violation(Name, "migrate_pages returned without restoring PF_SWAPWRITE", Pfn.None);
            if (t.HoldsPageLock != 0 || t.HoldsNewpageLock != 0)
                return new Violation(Name, "migrate_pages returned with a page lock", t.Page);
        }
        return null;
    }

    private static int Length(Machine m, ListId list)
    {
        int length = 0;
        for (int page = m.Lists[list.Value].Next; page >= 0; page = m.Pages[page].Next)
            length++;
        return length;
    }
}
