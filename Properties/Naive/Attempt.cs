namespace MigrationConformance.Properties.Naive;

/// <summary>How the last attempt at a page of <c>from</c> went.</summary>
internal sealed class Attempt(Page page)
{
    public readonly Page Page = page;
    public string Outcome = "notReached";

    /// <summary>The new page that it has chosen, until it lets go of it.</summary>
    public Page? Newpage;
    public int? Pass;
    public string? Step;
    public string? Reason;
    public int? Rc;

    public void Begin(int pass, string step)
    {
        Outcome = "underWay";
        Newpage = null;
        Pass = pass;
        Step = step;
        Reason = null;
        Rc = null;
    }

    public void End(int rc)
    {
        Rc = rc;
        Outcome = rc switch
        {
            0 => Newpage is not null ? "migrated" : Reason == "PageFreed" ? "freed" : "swappedOut",
            Kernel.EAGAIN => "retry",
            _ => "failed",
        };
    }
}
