namespace MigrationConformance.Core;

/// <summary>do_wp_page and do_anonymous_page.</summary>
/// <remarks>
/// Kernel: mm/memory.c do_wp_page(), do_anonymous_page(); mm/rmap.c anon_vma_prepare(). Deviation: a VMA gets an anon_vma of its
/// own, never that of a neighbour. A page of zeroes is allocated in the step that installs it: before, nobody could see it.
/// </remarks>
internal static class CopyFaults
{
    /// <summary>Whether the test for reuse would wait for swap_lock; a page whose lock is taken is not asked about.</summary>
    public static bool WpCheckWaits(Machine m, ref KernelTask t, int self, Pfn page) =>
        m.Pages[page.Value].IsAnon && !m.Pages[page.Value].Has(PageFlags.Locked) && SwapFile.CanShareSwapPageWaits(m, ref t, self, page);

    /// <summary>Under the page table lock: may the page be reused? A page that migration holds locked may not.</summary>
    public static int WpCheck(Machine m, ref KernelTask t, ref Pte pte)
    {
        Pfn page = pte.Page;
        if (m.Pages[page.Value].IsAnon && PageLock.TryLock(m, page))
        {
            bool reuse = SwapFile.CanShareSwapPage(m, page);
            PageLock.UnlockPage(m, page);
            if (reuse)
            {
                pte = pte.MkYoung().MkDirty().MkWrite();
                return Faults.AfterFault(m, ref t);
            }
        }
        t.Page = page;
        t.Local1 = 1;
        PageRefs.GetPage(m, page);
        return (int)FaultStep.WpCopy;
    }

    public static int WpCopy(Machine m, ref KernelTask t)
    {
        AnonVmaPrepare(m, t.Vma);
        t.Newpage = Actor.AllocPage(m);
        if (t.Newpage.IsNone)
        {
            Actor.Put(m, ref t);
            return Faults.End(m, ref t);
        }
        m.Pages[t.Newpage.Value].Contents = m.Pages[t.Page.Value].Contents;
        return (int)FaultStep.WpInstall;
    }

    public static int WpInstall(Machine m, ref KernelTask t, int self)
    {
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        if (PageTables.Get(m, t.Mm, t.Address) != t.OrigPte)
        {
            PageRefs.PutPage(m, t.Newpage);
            t.Newpage = Pfn.None;
            Actor.Put(m, ref t);
            return Faults.Again(ref t);
        }
        if (!m.Pages[t.Page.Value].IsAnon)
            m.Mms[t.Mm.Value].FileRss--;
        else
            m.Mms[t.Mm.Value].AnonRss--;
        Rmap.PageRemoveRmap(m, t.Page);
        InstallFresh(m, ref t);
        // One reference for the entry that is gone, one of our own.
        t.Local1++;
        Actor.Put(m, ref t);
        return Faults.AfterFault(m, ref t);
    }

    public static int AnonInstall(Machine m, ref KernelTask t, int self)
    {
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        if (PageTables.Get(m, t.Mm, t.Address) != t.OrigPte)
            return Faults.Again(ref t);
        AnonVmaPrepare(m, t.Vma);
        t.Newpage = Actor.AllocPage(m);
        if (t.Newpage.IsNone)
            return Faults.End(m, ref t);
        InstallFresh(m, ref t);
        return Faults.AfterFault(m, ref t);
    }

    /// <summary>Installs the freshly allocated page, writable and dirty; its reference becomes the entry's. Nobody sets PG_uptodate before add_to_swap does.</summary>
    public static void InstallFresh(Machine m, ref KernelTask t)
    {
        PageTables.Set(m, t.Mm, t.Address, Pte.Present(t.Newpage, write: true, dirty: true, young: true));
        m.Mms[t.Mm.Value].AnonRss++;
        Lru.LruCacheAddActive(m, t.Cpu, t.Newpage);
        Rmap.PageAddAnonRmap(m, t.Newpage, m.Vmas[t.Vma.Value], t.Address);
        t.Newpage = Pfn.None;
    }

    /// <summary>anon_vma_prepare(): the VMA has an anon_vma from now on, whatever becomes of the fault.</summary>
    public static void AnonVmaPrepare(Machine m, VmaId vma)
    {
        if (!m.Vmas[vma.Value].AnonVma.IsNone)
            return;
        AnonVmaId anonVma = m.AddAnonVma();
        m.Vmas[vma.Value].AnonVma = anonVma;
        m.AnonVmas[anonVma.Value].Head = vma.Value;
    }
}
