namespace MigrationConformance.Core;

/// <summary>do_no_page and filemap_nopage.</summary>
/// <remarks>
/// Kernel: mm/memory.c do_no_page(), mm/filemap.c filemap_nopage(). What tmpfs does is in <see cref="ShmemFaults"/>. Deviation: nothing
/// is read ahead, and a read never fails. The fault that starts a read keeps its page and waits for it, where the kernel's lets go
/// and looks it up once more. A file entry of a non-linear VMA is served the same way, at the offset that it names.
/// </remarks>
internal static class FileFaults
{
    /// <summary>Remembers truncate_count, before anything of the file is looked at.</summary>
    public static int Begin(Machine m, ref KernelTask t)
    {
        t.Retry = m.Mappings[m.Vmas[t.Vma.Value].File.Value].TruncateCount;
        return (int)FaultStep.FileLookup;
    }

    public static int Lookup(Machine m, ref KernelTask t, int self)
    {
        MappingId file = m.Vmas[t.Vma.Value].File;
        if (Index(m, t) >= m.Mappings[file.Value].SizePages)
            return Faults.End(m, ref t);
        if (Locks.WaitsForTree(m, ref t, self, file))
            return Actor.Blocked;
        if (!Actor.Lookup(m, ref t, file, Index(m, t)))
            return Shmem.SwapEntryAt(m, file, Index(m, t)).IsNone ? (int)FaultStep.FileRead : (int)FaultStep.ShmemLookup;
        // shmem_getpage looks up with find_lock_page; filemap_nopage takes no lock when the page is uptodate.
        bool lockless = m.Mappings[file.Value].Kind != MappingKind.Tmpfs && m.Pages[t.Page.Value].Has(PageFlags.Uptodate);
        return lockless ? HavePage(m, ref t) : (int)FaultStep.FileLock;
    }

    public static int Read(Machine m, ref KernelTask t, int self)
    {
        MappingId file = m.Vmas[t.Vma.Value].File;
        if (Locks.WaitsForTree(m, ref t, self, file))
            return Actor.Blocked;
        bool tmpfs = m.Mappings[file.Value].Kind == MappingKind.Tmpfs;
        if (tmpfs && !Shmem.SwapEntryAt(m, file, Index(m, t)).IsNone)
            return (int)FaultStep.FileLookup;
        Pfn page = Actor.AllocPage(m);
        if (page.IsNone)
            return Faults.End(m, ref t);
        int error = Filemap.AddToPageCache(m, page, file, new Pgoff(Index(m, t)));
        if (error != 0)
        {
            PageRefs.PutPage(m, page);
            return error == -Errno.EEXIST ? (int)FaultStep.FileLookup : Faults.End(m, ref t);
        }
        t.Page = page;
        t.Local1 = 1;
        t.HoldsPageLock = 1;
        Lru.LruCacheAdd(m, t.Cpu, page);
        return tmpfs ? ShmemFaults.Zero(m, ref t) : (int)FaultStep.FileReadEnds;
    }

    public static int ReadEnds(Machine m, ref KernelTask t)
    {
        Fill(m, ref m.Pages[t.Page.Value]);
        Actor.Unlock(m, ref t);
        return HavePage(m, ref t);
    }

    public static int Lock(Machine m, ref KernelTask t)
    {
        if (Actor.LockWaits(m, ref t))
            return Actor.Blocked;
        ref Page p = ref m.Pages[t.Page.Value];
        if (p.Mapping.IsNull)
        {
            Actor.UnlockAndPut(m, ref t);
            return (int)FaultStep.FileLookup;
        }
        if (!p.Has(PageFlags.Uptodate))
            return m.Mappings[p.Mapping.Mapping.Value].Kind == MappingKind.Tmpfs ? ShmemFaults.Zero(m, ref t) : (int)FaultStep.FileReadEnds;
        Actor.Unlock(m, ref t);
        return HavePage(m, ref t);
    }

    public static int Copy(Machine m, ref KernelTask t)
    {
        CopyFaults.AnonVmaPrepare(m, t.Vma);
        t.Newpage = Actor.AllocPage(m);
        ulong contents = m.Pages[t.Page.Value].Contents;
        Actor.Put(m, ref t);
        if (t.Newpage.IsNone)
            return Faults.End(m, ref t);
        m.Pages[t.Newpage.Value].Contents = contents;
        return (int)FaultStep.FileInstall;
    }

    public static int Install(Machine m, ref KernelTask t, int self)
    {
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        ref VmArea vma = ref m.Vmas[t.Vma.Value];
        bool truncated = t.Retry != m.Mappings[vma.File.Value].TruncateCount;
        if (truncated || PageTables.Get(m, t.Mm, t.Address) != t.OrigPte)
        {
            Drop(m, ref t);
            return truncated ? Begin(m, ref t) : Faults.Again(ref t);
        }
        if (!t.Newpage.IsNone)
            CopyFaults.InstallFresh(m, ref t);
        else
        {
            // vm_page_prot of a shared mapping lets the next write through without a fault; only that write makes the entry dirty.
            bool write = vma.Has(VmFlags.Shared) && vma.Has(VmFlags.Write);
            PageTables.Set(m, t.Mm, t.Address, Pte.Present(t.Page, write, dirty: Faults.Writes(t), young: true));
            m.Mms[t.Mm.Value].FileRss++;
            Rmap.PageAddFileRmap(m, t.Page);
            t.Local1 = 0;
            t.Page = Pfn.None;
        }
        return Faults.AfterFault(m, ref t);
    }

    /// <summary>The page is there and uptodate: a private write copies it, everything else maps it.</summary>
    public static int HavePage(Machine m, ref KernelTask t)
    {
        Lru.MarkPageAccessed(m, t.Page);
        bool copies = Faults.Writes(t) && !m.Vmas[t.Vma.Value].Has(VmFlags.Shared);
        return copies ? (int)FaultStep.FileCopy : (int)FaultStep.FileInstall;
    }

    private static void Drop(Machine m, ref KernelTask t)
    {
        if (!t.Newpage.IsNone)
            PageRefs.PutPage(m, t.Newpage);
        t.Newpage = Pfn.None;
        Actor.Put(m, ref t);
    }

    /// <summary>The offset in the file that the address stands for.</summary>
    public static ulong Index(Machine m, in KernelTask t) =>
        t.OrigPte.IsFile ? t.OrigPte.FileOffset.Value : m.Vmas[t.Vma.Value].LinearPageIndex(t.Address).Value;

    /// <summary>readpage: the store's contents, uptodate.</summary>
    public static void Fill(Machine m, ref Page p)
    {
        p.Contents = BackingStore.Read(m, p.Mapping.Mapping, p.Index.Value);
        p.Set(PageFlags.Uptodate);
        p.Clear(PageFlags.Error);
    }
}
