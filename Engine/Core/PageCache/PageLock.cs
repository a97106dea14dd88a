using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>The page lock. The kernel records no owner; a task of this engine notes in its locals what it holds.</summary>
/// <remarks>Kernel: mm/filemap.c, include/linux/pagemap.h.</remarks>
public static class PageLock
{
    /// <summary>TestSetPageLocked() turned round: takes the lock if it is free.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>True when the lock was taken.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryLock(Machine m, Pfn page) => !m.Pages[page.Value].TestSet(PageFlags.Locked);

    /// <summary>unlock_page(): drops the lock; who sleeps on it can run again.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <exception cref="KernelBugException">The page is not locked.</exception>
    public static void UnlockPage(Machine m, Pfn page)
    {
        if (!m.Pages[page.Value].TestClear(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.UnlockPageNotLocked, page);
    }

    /// <summary>lock_page() in a run in which others hold things until a fixed moment: waiting ends a hold that a wait ends.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>True when the lock was taken; false when the caller must wait for somebody who does not let go by being waited for.</returns>
    public static bool LockPage(Machine m, Pfn page)
    {
        if (TryLock(m, page))
            return true;
        return Others.EndPageLock(m, page) && TryLock(m, page);
    }
}
