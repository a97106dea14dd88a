namespace MigrationConformance.Core;

// The passes over the list: the choice of each page, and what becomes of it.
public static partial class MigratePages
{
    private static MigrationStep Begin(ref KernelTask t)
    {
        t.SwapwriteSetHere = 1 - t.PfSwapwrite;
        t.PfSwapwrite = 1;
        return MigrationStep.BeginPass;
    }

    private static MigrationStep BeginPass(Machine m, ref KernelTask t, int self)
    {
        if (Others.BeginPassWaits(m, ref t, self))
            return MigrationStep.None;
        Others.BeginPass(m, t.Pass);
        t.Retry = 0;
        t.Page2 = PageList.First(m, t.From);
        return MigrationStep.ChoosePage;
    }

    /// <summary>Takes the next page. A freed page is done at once, even when <c>to</c> is empty; else an empty <c>to</c> ends the pass.</summary>
    private static MigrationStep ChoosePage(Machine m, ref KernelTask t)
    {
        t.Page = t.Page2;
        t.Newpage = Pfn.None;
        if (t.Page.IsNone)
            return MigrationStep.FinishPass;
        ref Page p = ref m.Pages[t.Page.Value];
        t.Page2 = p.Next >= 0 ? new Pfn(p.Next) : Pfn.None;
        t.Reason = BackOutReason.None;
        t.Rc = 0;
        if (p.Count == 1)
            return Leave(ref t, BackOutReason.PageFreed, 0);
        if (PatchSet.MovesDirectly(m) && !t.To.IsNone && PageList.IsEmpty(m, t.To))
        {
            t.Reason = BackOutReason.ToEmpty;
            t.ReasonStep = t.Step;
            return MigrationStep.FinishPass;
        }
        return MigrationStep.LockPage;
    }

    /// <summary>−EAGAIN leaves the page where it is; another error sends it to <c>failed</c>; 0 to <c>moved</c>. Both lists grow at their head.</summary>
    private static MigrationStep FinishPage(Machine m, ref KernelTask t)
    {
        t.NrRefs = 0;
        if (t.Rc == -Errno.EAGAIN)
            t.Retry++;
        else if (t.Rc < 0)
        {
            PageList.Move(m, t.Page, t.Failed);
            t.NrFailed++;
        }
        else
            PageList.Move(m, t.Page, t.Moved);
        return MigrationStep.ChoosePage;
    }

    /// <summary>The limit is tested with the pass before it is raised, so pass 10 is still made.</summary>
    private static MigrationStep FinishPass(ref KernelTask t)
    {
        if (t.Retry > 0 && t.Pass < LastPass)
        {
            t.Pass++;
            return MigrationStep.BeginPass;
        }
        if (t.SwapwriteSetHere != 0)
            t.PfSwapwrite = 0;
        t.Result = t.NrFailed + t.Retry;
        return MigrationStep.Finished;
    }
}
