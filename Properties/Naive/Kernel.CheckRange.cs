namespace MigrationConformance.Properties.Naive;

/// <summary>Collecting the pages of a range that are on the wrong nodes.</summary>
internal sealed partial class Kernel
{
    /// <summary>Walks the range and puts what is on the wrong nodes on the list.</summary>
    /// <param name="start">First address, in bytes.</param>
    /// <param name="end">First address behind it.</param>
    /// <param name="isWrong">Whether a page must not be on a node.</param>
    /// <param name="discontigOk">Whether there may be holes in the range.</param>
    /// <returns>The first VMA that ends behind the start, or an error.</returns>
    private (Vma? First, int Err) CheckRange(Mm mm, ulong start, ulong end, Func<int, bool> isWrong, Mpol flags, bool discontigOk)
    {
        bool moves = (flags & (Mpol.Move | Mpol.MoveAll)) != 0;
        if (moves)
        {
            if (_world.Level >= Level.SwapRequired && !HasFreeSwapSlot())
            {
                return (null, ENODEV);
            }

            LruAddDrainAll("DrainPagevecs");
        }

        // Without any VMA the whole of a process is empty; a range of it is nowhere.
        List<Vma> vmas = [.. _world.Vmas.Where(vma => vma.Mm == mm && vma.End > start).OrderBy(vma => vma.Start)];
        if (vmas.Count == 0)
        {
            return (null, discontigOk ? 0 : EFAULT);
        }

        Vma? prev = null;
        foreach (Vma vma in vmas.TakeWhile(vma => vma.Start < end))
        {
            bool hole = (vma == vmas[^1] && vma.End < end) || (prev is not null && prev.End < vma.Start);
            if (hole && !discontigOk)
            {
                return (null, EFAULT);
            }

            if (((flags & Mpol.Strict) != 0 || (moves && !vma.Locked && !vma.Reserved))
                && !CheckVma(vma, Math.Max(start, vma.Start), Math.Min(end, vma.End), isWrong, moves ? flags : Mpol.None))
            {
                return (null, EIO);
            }

            prev = vma;
        }

        return (vmas[0], 0);
    }

    /// <summary>Each present entry of a VMA, by address.</summary>
    /// <returns>False at a page on the wrong node that is not to be moved.</returns>
    private bool CheckVma(Vma vma, ulong start, ulong end, Func<int, bool> isWrong, Mpol flags)
    {
        foreach ((ulong address, Pte pte) in vma.Mm.Entries)
        {
            if (address < start || address >= end || pte.Kind != PteKind.Present)
            {
                continue;
            }

            At("CheckEntry");
            Need("pageTable", vma.Mm.Number);
            if (pte.Page!.Has(Flag.Reserved) || !isWrong(pte.Page.Zone))
            {
                continue;
            }

            if (flags == Mpol.None)
            {
                return false;
            }

            _world.Report.Found++;
            MigratePageAdd(pte.Page, flags);
        }

        return true;
    }

    /// <summary>A page that only this process maps, or any at all with MPOL_MF_MOVE_ALL, is isolated.</summary>
    private void MigratePageAdd(Page page, Mpol flags)
    {
        if ((flags & Mpol.MoveAll) == 0 && page.Mapcount != 1)
        {
            _world.Report.SharedPages++;
        }
        else if (!IsolateLruPage(page))
        {
            _world.Report.NotOnLru++;
        }
        else
        {
            _world.Report.Isolated++;
            _world.Attempts.Add(new Attempt(page));
            _world.From.Insert(_world.Level >= Level.NewPageOrder ? _world.From.Count : 0, page);
        }
    }
}
