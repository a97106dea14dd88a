namespace MigrationConformance.Core;

/// <summary>The kinds of page that every interleaving is tried on.</summary>
public enum PageKind
{
    /// <summary>Anonymous, clean in the swap cache, mapped once.</summary>
    AnonCleanInSwapCache,

    /// <summary>Anonymous, not in the swap cache, mapped once.</summary>
    AnonNotInSwapCache,

    /// <summary>Clean page of a file, mapped once.</summary>
    FileClean,

    /// <summary>Dirty page of a file, not mapped.</summary>
    FileDirty,

    /// <summary>Clean page of a file with two idle buffers, mapped once.</summary>
    FileWithBuffers,

    /// <summary>Anonymous, clean in the swap cache, mapped by two processes, as after fork.</summary>
    AnonShared,

    /// <summary>Clean page of a file, mapped by a VM_LOCKED VMA.</summary>
    FileMlocked,

    /// <summary>Clean page of a tmpfs file, mapped once.</summary>
    Tmpfs,

    /// <summary>Anonymous, a copy in a private mapping of a file, clean in the swap cache, mapped once: a truncation takes it away too.</summary>
    PrivateCopy,
}

/// <summary>The actors that every interleaving is tried with: a kind, and a variant where it matters.</summary>
public enum SmallActor
{
    /// <summary>A read at the page's address.</summary>
    ReadFault,

    /// <summary>A write at the page's address.</summary>
    WriteFault,

    /// <summary>A write at the page's address by do_swap_page without the re-check.</summary>
    WriteFaultWithoutRecheck,

    /// <summary>find_get_page and a look at PG_uptodate.</summary>
    FindGetPage,

    /// <summary>find_lock_page.</summary>
    FindLockPage,

    /// <summary>get_user_pages for reading.</summary>
    Pin,

    /// <summary>get_user_pages for writing.</summary>
    PinForWriting,

    /// <summary>vmtruncate to nothing.</summary>
    Truncate,

    /// <summary>invalidate_mapping_pages.</summary>
    InvalidateMappingPages,

    /// <summary>invalidate_inode_pages2.</summary>
    InvalidateInodePages2,

    /// <summary>munmap of the page's VMA.</summary>
    Munmap,

    /// <summary>fork of the page's process.</summary>
    Fork,

    /// <summary>mlock of the page's VMA.</summary>
    Mlock,

    /// <summary>Start of writeback, WB_SYNC_NONE.</summary>
    WritebackStart,

    /// <summary>Start of writeback, WB_SYNC_ALL.</summary>
    Sync,

    /// <summary>Completion of a write.</summary>
    WritebackEnd,

    /// <summary>kswapd over two pages.</summary>
    Kswapd,

    /// <summary>swapoff.</summary>
    Swapoff,

    /// <summary>get_bh, lock_buffer and back.</summary>
    BufferUser,

    /// <summary>lru_add_drain.</summary>
    LruAddDrain,

    /// <summary>exit of the page's process.</summary>
    Exit,

    /// <summary>mremap of the page's VMA.</summary>
    Mremap,

    /// <summary>A second migration, of what is on the LRU.</summary>
    SecondMigration,

    /// <summary>A wait for the file's writes in flight.</summary>
    WritebackWait,

    /// <summary>msync of the page's VMA.</summary>
    Msync,

    /// <summary>vmtruncate in the middle of the page.</summary>
    TruncatePart,
}

/// <summary>Small machines by name: one page of a kind, one new page, one or two actors.</summary>
public static class SmallMachines
{
    /// <summary>Index of the page: not its swap slot, and not 0.</summary>
    public const ulong Index = 2;

    private const int Slot = 3;
    private const ulong Start = 0x10000000;

    /// <summary>The starting machine of a kind: fan-out 8, one page from, one page to, two free frames, five swap slots.</summary>
    /// <param name="kind">The kind of page.</param>
    /// <returns>The scenario.</returns>
    public static Scenario Scenario(PageKind kind)
    {
        bool anon = IsAnon(kind), mapsFile = !anon || kind == PageKind.PrivateCopy;
        int processes = kind == PageKind.AnonShared ? 2 : 1;
        var vmas = new ScenarioVma[processes];
        for (int process = 0; process < processes; process++)
        {
            vmas[process] = new ScenarioVma
            {
                Process = process,
                Start = Start,
                Pages = 4,
                File = mapsFile ? 0 : null,
                AnonVma = anon ? 0 : null,
                Flags = VmFlags.Read | VmFlags.Write | (anon ? VmFlags.None : VmFlags.Shared | VmFlags.MayShare)
                    | (kind == PageKind.FileMlocked ? VmFlags.Locked : VmFlags.None),
            };
        }
        return new Scenario
        {
            Title = $"{kind}",
            FanOut = 8,
            Files = !mapsFile ? [] : [new ScenarioFile { Kind = kind == PageKind.Tmpfs ? MappingKind.Tmpfs : MappingKind.Regular, Size = 4 }],
            Processes = [.. new ScenarioProcess[processes].AsSpan().ToArray().Fill(ScenarioProcess.Default)],
            Vmas = [.. vmas],
            Swap = new ScenarioSwap { Slots = 5 },
            Pages = [Page(kind, anon), new ScenarioPage { List = PagePlace.Free }, new ScenarioPage { List = PagePlace.Free }],
        };
    }

    /// <summary>An actor on the page of a kind.</summary>
    /// <param name="actor">Which.</param>
    /// <returns>The actor.</returns>
    public static ActorSpec Actor(SmallActor actor)
    {
        const ulong Address = Start + (Index << Machine.PageShift);
        return actor switch
        {
            SmallActor.ReadFault => new ActorSpec(TaskKind.Fault, Address: Address),
            SmallActor.WriteFault => new ActorSpec(TaskKind.Fault, Address: Address, Write: true),
            SmallActor.WriteFaultWithoutRecheck => new ActorSpec(TaskKind.Fault, Address: Address, Write: true, Variant: true),
            SmallActor.FindGetPage => new ActorSpec(TaskKind.FindGetPage, Index: Index),
            SmallActor.FindLockPage => new ActorSpec(TaskKind.FindLockPage, Index: Index),
            SmallActor.Pin => new ActorSpec(TaskKind.GetUserPages, Address: Address),
            SmallActor.PinForWriting => new ActorSpec(TaskKind.GetUserPages, Address: Address, Write: true),
            SmallActor.Truncate => new ActorSpec(TaskKind.Truncate),
            SmallActor.InvalidateMappingPages => new ActorSpec(TaskKind.InvalidateMappingPages),
            SmallActor.InvalidateInodePages2 => new ActorSpec(TaskKind.InvalidateInodePages2),
            SmallActor.Munmap => new ActorSpec(TaskKind.Munmap, Address: Address),
            SmallActor.Fork => new ActorSpec(TaskKind.Fork),
            SmallActor.Mlock => new ActorSpec(TaskKind.Mlock, Address: Address),
            SmallActor.WritebackStart => new ActorSpec(TaskKind.WritebackStart),
            SmallActor.Sync => new ActorSpec(TaskKind.WritebackStart, Variant: true),
            SmallActor.WritebackEnd => new ActorSpec(TaskKind.WritebackEnd),
            SmallActor.Kswapd => new ActorSpec(TaskKind.Kswapd),
            SmallActor.Swapoff => new ActorSpec(TaskKind.Swapoff),
            SmallActor.Exit => new ActorSpec(TaskKind.Exit),
            SmallActor.Mremap => new ActorSpec(TaskKind.Mremap, Address: Address),
            SmallActor.SecondMigration => new ActorSpec(TaskKind.Isolation),
            SmallActor.WritebackWait => new ActorSpec(TaskKind.WritebackWait),
            SmallActor.Msync => new ActorSpec(TaskKind.Msync, Address: Address),
            SmallActor.TruncatePart => new ActorSpec(TaskKind.Truncate, Index: Index + 1, Variant: true),
            SmallActor.BufferUser => new ActorSpec(TaskKind.BufferUser, Index: Index),
            _ => new ActorSpec(TaskKind.LruAddDrain),
        };
    }

    /// <summary>Whether an actor has anything to act on: file actors need a file.</summary>
    /// <param name="kind">The kind of page.</param>
    /// <param name="actor">The actor.</param>
    /// <returns>False when the combination is impossible.</returns>
    public static bool Possible(PageKind kind, SmallActor actor)
    {
        bool anon = IsAnon(kind);
        return actor switch
        {
            SmallActor.Truncate => !anon || kind == PageKind.PrivateCopy,
            SmallActor.FindGetPage or SmallActor.FindLockPage or SmallActor.TruncatePart
                or SmallActor.InvalidateMappingPages or SmallActor.InvalidateInodePages2 => !anon,
            SmallActor.WritebackStart or SmallActor.Sync or SmallActor.WritebackWait => !anon && kind != PageKind.Tmpfs,
            SmallActor.BufferUser => kind == PageKind.FileWithBuffers,
            SmallActor.Swapoff or SmallActor.WriteFaultWithoutRecheck => anon,
            _ => true,
        };
    }

    /// <summary>The machine of a kind with some actors, ready to run.</summary>
    /// <param name="kind">The kind of page.</param>
    /// <param name="actors">The actors, tasks 1 and up; the migration is task 0.</param>
    /// <returns>The machine.</returns>
    public static Machine Build(PageKind kind, params ReadOnlySpan<SmallActor> actors) => Run(kind, actors).Build().Machine;

    /// <summary>The same as a run, whose schedule is empty.</summary>
    /// <param name="kind">The kind of page.</param>
    /// <param name="actors">The actors, tasks 1 and up; the migration is task 0.</param>
    /// <returns>The run.</returns>
    public static Interleaved Run(PageKind kind, params ReadOnlySpan<SmallActor> actors)
    {
        var specs = new ActorSpec[actors.Length];
        for (int i = 0; i < actors.Length; i++)
            specs[i] = Actor(actors[i]);
        return new Interleaved(Scenario(kind), [.. specs], []);
    }

    private static bool IsAnon(PageKind kind) => kind is PageKind.AnonCleanInSwapCache or PageKind.AnonNotInSwapCache or PageKind.AnonShared or PageKind.PrivateCopy;

    private static ScenarioPage Page(PageKind kind, bool anon)
    {
        bool inSwapCache = kind is PageKind.AnonCleanInSwapCache or PageKind.AnonShared or PageKind.PrivateCopy;
        var ptes = new ScenarioPte[kind switch { PageKind.FileDirty => 0, PageKind.AnonShared => 2, _ => 1 }];
        for (int i = 0; i < ptes.Length; i++)
            ptes[i] = new ScenarioPte { Vma = i, Address = Start + (Index << Machine.PageShift) };
        return new ScenarioPage
        {
            File = anon ? null : 0,
            AnonVma = anon ? 0 : null,
            Index = Index,
            SwapCache = inSwapCache ? Slot : 0,
            Contents = kind == PageKind.Tmpfs ? 0 : null,
            Flags = PageFlags.Uptodate | (kind == PageKind.FileDirty ? PageFlags.Dirty : PageFlags.None),
            Ptes = [.. ptes],
            Buffers = ScenarioBuffer.Defaults(kind == PageKind.FileWithBuffers ? 2 : 0),
        };
    }

    private static T[] Fill<T>(this T[] array, T value)
    {
        Array.Fill(array, value);
        return array;
    }
}
