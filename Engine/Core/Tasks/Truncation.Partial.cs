namespace MigrationConformance.Core;

// The page in whose middle the file ends: its tail goes between the sweeps.
internal static partial class Truncation
{
    private static bool Partial(in KernelTask t) => (t.Local0 & Actor.Partial) != 0 && t.Address > 0;

    private static int PartialLookup(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (!Actor.Lookup(m, ref t, t.Mapping, t.Address - 1))
            return (int)TruncateStep.Lookup;
        return (int)(Actor.TryLock(m, ref t) ? TruncateStep.PartialWait : TruncateStep.PartialLock);
    }

    private static int PartialVerify(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (Actor.IsStillThere(m, t, t.Address - 1))
            return (int)TruncateStep.PartialWait;
        Actor.UnlockAndPut(m, ref t);
        return (int)TruncateStep.PartialLookup;
    }

    private static int PartialWait(Machine m, ref KernelTask t, int self)
    {
        if (Actor.WritebackWaits(m, ref t, self))
            return Actor.Blocked;
        t.Cursor = 1;
        return (int)TruncateStep.PartialCut;
    }

    private static int PartialCut(Machine m, ref KernelTask t, int self)
    {
        if (m.Pages[t.Page.Value].Has(PageFlags.Private) && DiscardWaits(m, ref t, self))
            return Actor.Blocked;
        if (m.Pages[t.Page.Value].Has(PageFlags.Private) && t.Cursor != 0)
            return (int)TruncateStep.PartialCut;
        t.Cursor = 0;
        Actor.UnlockAndPut(m, ref t);
        return (int)TruncateStep.Lookup;
    }
}
