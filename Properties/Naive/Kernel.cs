namespace MigrationConformance.Properties.Naive;

/// <summary>The modelled kernel: plain nested methods over the objects of a <see cref="World"/>.</summary>
/// <remarks>
/// There is no step machine. <see cref="At"/> only says where the code is, for the result. A step that cannot take a
/// lock has not been made at all, so a blocked scenario is run a second time up to the beginning of that step.
/// </remarks>
internal sealed partial class Kernel(World world, int? standstill)
{
    internal const int EPERM = -1;
    internal const int ESRCH = -3;
    internal const int EIO = -5;
    internal const int EAGAIN = -11;
    internal const int ENOMEM = -12;
    internal const int EFAULT = -14;
    internal const int ENODEV = -19;
    internal const int EINVAL = -22;

    private readonly World _world = world;

    /// <summary>Others act, not the migration: what they need they have.</summary>
    private bool _othersAct;

    /// <summary>How many steps have been begun.</summary>
    public int StepsBegun { get; private set; }

    public string Step { get; private set; } = "None";

    public int Pass { get; private set; }

    /// <summary>The page that is being worked on.</summary>
    public Page? Current { get; private set; }

    private Attempt? _attempt;

    private Attempt Attempt => _attempt ?? throw new InvalidOperationException("no attempt is under way");

    /// <summary>A step begins.</summary>
    private void At(string step)
    {
        Step = step;
        StepsBegun++;
        if (_attempt is not null)
        {
            _attempt.Step = step;
        }

        if (StepsBegun == standstill)
        {
            throw new StandstillException();
        }
    }

    /// <summary>A lock is needed; it is dropped again before the step ends.</summary>
    private void Need(string kind, int number = 0)
    {
        if (!_othersAct && _world.LocksOfOthers.Contains(new LockName(kind, number)))
        {
            throw new BlockedException(kind, number);
        }
    }

    private void NeedTree(Mapping mapping) => Need("tree", mapping.Number);

    /// <summary>A lock is taken and kept over several steps.</summary>
    private void Take(string kind, int number)
    {
        Need(kind, number);
        _world.LocksOfMigration.Add(new LockName(kind, number));
    }

    private void Drop(string kind, int number) => _world.LocksOfMigration.Remove(new LockName(kind, number));

    private static void BugIf(bool condition, string check, string function, Page page)
    {
        if (condition)
        {
            throw new KernelBugException(check, function, page);
        }
    }

    /// <summary>What others hold until this pass ends now: page by page, and on each in a fixed order.</summary>
    private void EndHolds(int pass)
    {
        _othersAct = true;
        foreach (Page page in _world.Pages)
        {
            if (page.LockHold is { } lockHold && lockHold.EndsAtStartOf(pass))
            {
                page.LockHold = null;
                UnlockPage(page);
            }

            foreach (Until reference in page.References.ToList())
            {
                if (reference.EndsAtStartOf(pass))
                {
                    page.References.Remove(reference);
                    PutPage(page);
                }
            }

            if (page.Write is { } write && write.Until.EndsAtStartOf(pass))
            {
                EndWrite(page);
            }

            foreach (Buffer buffer in page.Buffers ?? [])
            {
                buffer.Users.RemoveAll(user => user.EndsAtStartOf(pass));
            }

            foreach (Buffer buffer in page.Buffers ?? [])
            {
                if (buffer.LockedByOthers is { } locked && locked.EndsAtStartOf(pass))
                {
                    buffer.LockedByOthers = null;
                }
            }
        }

        _othersAct = false;
    }

    /// <summary>The migration waits for writeback: it ends now, unless it never does.</summary>
    private void WaitOnPageWriteback(Page page)
    {
        if (!page.Has(Flag.Writeback))
        {
            return;
        }

        if (page.Write is not { Until.Never: false })
        {
            throw new BlockedException("writeback", page.Number);
        }

        _othersAct = true;
        EndWrite(page);
        _othersAct = false;
    }

    private void LockPage(Page page)
    {
        if (page.Has(Flag.Locked))
        {
            if (page.LockHold is not { Never: false })
            {
                throw new BlockedException("page", page.Number);
            }

            page.LockHold = null;
            UnlockPage(page);
        }

        page.Set(Flag.Locked);
        page.Lock = PageLock.Migration;
    }

    private static bool TryLockPage(Page page)
    {
        if (page.TestAndSet(Flag.Locked))
        {
            return false;
        }

        page.Lock = PageLock.Migration;
        return true;
    }

    private static void UnlockPage(Page page)
    {
        BugIf(!page.TestAndClear(Flag.Locked), "UnlockPageNotLocked", "unlock_page", page);
        page.Lock = PageLock.Free;
    }
}
