namespace MigrationConformance.Core;

/// <summary>Where a reader of the page cache stands.</summary>
internal enum ReaderStep
{
    /// <summary>Looks the page up and takes a reference.</summary>
    Lookup = 0,

    /// <summary>find_get_page: a look at PG_uptodate, and the read if it is set.</summary>
    CheckUptodate,

    /// <summary>lock_page.</summary>
    Lock,

    /// <summary>After lock_page: is it still the page asked for? find_lock_page takes tree_lock again to see, the other looks at the mapping only.</summary>
    Verify,

    /// <summary>find_lock_page that did not sleep: reads under the page lock.</summary>
    Read,

    /// <summary>Drops the reference.</summary>
    Put,
}

/// <summary>find_get_page with a lockless look at PG_uptodate, and find_lock_page.</summary>
/// <remarks>
/// Kernel: mm/filemap.c find_get_page(), find_lock_page(), do_generic_mapping_read(). Deviation: a page that is not in the cache
/// ends the read, and one that is not uptodate is read in at once, under the same page lock.
/// </remarks>
internal static class FileReaders
{
    public static int Step(Machine m, ref KernelTask t, int self) => (ReaderStep)t.Step switch
    {
        ReaderStep.Lookup => Lookup(m, ref t, self),
        ReaderStep.CheckUptodate => CheckUptodate(m, ref t),
        ReaderStep.Lock => Actor.LockWaits(m, ref t) ? Actor.Blocked : (int)ReaderStep.Verify,
        ReaderStep.Verify => Verify(m, ref t, self),
        ReaderStep.Read => ReadLocked(m, ref t),
        ReaderStep.Put => Put(m, ref t),
        _ => throw new EngineFault(m, $"a reader stands at step {t.Step}"),
    };

    private static int Lookup(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (!Actor.Lookup(m, ref t, t.Mapping, t.Address))
            return Actor.Finished;
        if (t.Kind == TaskKind.FindGetPage)
            return (int)ReaderStep.CheckUptodate;
        return Actor.TryLock(m, ref t) ? (int)ReaderStep.Read : (int)ReaderStep.Lock;
    }

    private static int CheckUptodate(Machine m, ref KernelTask t)
    {
        if (!m.Pages[t.Page.Value].Has(PageFlags.Uptodate))
            return (int)ReaderStep.Lock;
        Read(m, ref t);
        return (int)ReaderStep.Put;
    }

    private static int Verify(Machine m, ref KernelTask t, int self)
    {
        bool findsLocked = t.Kind == TaskKind.FindLockPage;
        if (findsLocked && Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (findsLocked ? Actor.IsStillThere(m, t, t.Address) : !m.Pages[t.Page.Value].Mapping.IsNull)
            return ReadLocked(m, ref t);
        Actor.UnlockAndPut(m, ref t);
        return (int)ReaderStep.Lookup;
    }

    private static int ReadLocked(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (!p.Has(PageFlags.Uptodate))
            FileFaults.Fill(m, ref p);
        Read(m, ref t);
        Actor.Unlock(m, ref t);
        return (int)ReaderStep.Put;
    }

    private static void Read(Machine m, ref KernelTask t)
    {
        t.Cursor = m.Pages[t.Page.Value].Contents;
        t.Local0 |= Actor.HasRead;
        Lru.MarkPageAccessed(m, t.Page);
    }

    private static int Put(Machine m, ref KernelTask t)
    {
        Actor.Put(m, ref t);
        return Actor.Finished;
    }
}
