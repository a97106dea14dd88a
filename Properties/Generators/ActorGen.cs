using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Generators of actors beside the migration, and of schedules.</summary>
public static class ActorGen
{
    /// <summary>What an actor does; all kinds.</summary>
    public static readonly Gen<TaskKind> Kind = Gen.Frequency(
        (4, TaskKind.Fault), (2, TaskKind.GetUserPages), (1, TaskKind.Mlock), (2, TaskKind.FindGetPage), (2, TaskKind.FindLockPage), (2, TaskKind.Truncate),
        (1, TaskKind.InvalidateMappingPages), (1, TaskKind.InvalidateInodePages2), (2, TaskKind.Munmap), (2, TaskKind.Fork), (2, TaskKind.WritebackStart),
        (1, TaskKind.WritebackEnd), (3, TaskKind.Kswapd), (1, TaskKind.Swapoff), (1, TaskKind.BufferUser), (1, TaskKind.LruAddDrain), (1, TaskKind.Exit),
        (1, TaskKind.Mremap), (2, TaskKind.Isolation), (1, TaskKind.WritebackWait), (1, TaskKind.Msync));

    /// <summary>What can meet a page of a file.</summary>
    public static readonly Gen<TaskKind> KindForFile = Gen.Frequency(
        (6, TaskKind.Fault), (3, TaskKind.GetUserPages), (3, TaskKind.Mlock), (3, TaskKind.FindGetPage), (3, TaskKind.FindLockPage), (3, TaskKind.Truncate),
        (3, TaskKind.InvalidateMappingPages), (3, TaskKind.InvalidateInodePages2), (2, TaskKind.Munmap), (2, TaskKind.Fork), (3, TaskKind.WritebackStart),
        (4, TaskKind.WritebackWait), (2, TaskKind.Kswapd), (4, TaskKind.BufferUser), (2, TaskKind.Mremap), (3, TaskKind.Msync), (1, TaskKind.Exit));

    /// <summary>What can meet memory.</summary>
    public static readonly Gen<TaskKind> KindForMemory = Gen.Frequency(
        (6, TaskKind.Fault), (3, TaskKind.GetUserPages), (3, TaskKind.Mlock), (3, TaskKind.Munmap), (3, TaskKind.Fork), (4, TaskKind.Swapoff), (3, TaskKind.Exit),
        (2, TaskKind.Kswapd), (2, TaskKind.Mremap));

    /// <summary>An actor that aims at any page, or at what lives in slots only.</summary>
    public static readonly Gen<ActorDraw> Actor = Of(Kind, Gen.Int[0, 3]);

    /// <summary>A schedule for up to four tasks: runs of one task, mostly short.</summary>
    public static readonly Gen<int[]> Turns = Gen.Select(Gen.Int[0, 3], Gen.Frequency((3, Gen.Int[1, 3]), (1, Gen.Int[4, 20])))
        .Array[0, 24].Select(runs => runs.SelectMany(run => Enumerable.Repeat(run.Item1, run.Item2)).ToArray());

    /// <summary>Others strike, again and again: who, for how many steps, and how many steps the migration makes afterwards.</summary>
    public static readonly Gen<int[]> Blows = Gen.Select(Gen.Int[1, 3], Gen.Frequency((3, Gen.Int[1, 2]), (2, Gen.Int[3, 8])), Gen.Int[0, 4]).Array[1, 8]
        .Select(blows => blows.SelectMany(blow => Enumerable.Repeat(blow.Item1, blow.Item2).Concat(Enumerable.Repeat(0, blow.Item3))).ToArray());

    /// <summary>A schedule that takes the migration some way into an attempt, where others strike.</summary>
    public static readonly Gen<int[]> Strikes = Gen.Select(Gen.Int[3, 32], Blows, (first, blows) => Enumerable.Repeat(0, first).Concat(blows).ToArray());

    /// <summary>A schedule.</summary>
    public static readonly Gen<int[]> Schedule = Gen.Frequency((1, Turns), (2, Strikes));

    /// <summary>
    /// The steps before which others strike an attempt that goes well: the boundaries of the documented ones, and those that lie
    /// between. More often around steps 3 and 5, which only some pages come to and where an attempt can fail, and under the tree lock,
    /// where most actors can only wait.
    /// </summary>
    public static readonly (int Weight, MigrationStep Step)[] Boundaries =
    [
        (2, MigrationStep.WaitOnWriteback), (6, MigrationStep.AddToSwap), (4, MigrationStep.AddToSwapCache), (2, MigrationStep.PrepareNewPage),
        (4, MigrationStep.CheckReferences), (12, MigrationStep.TryToUnmap), (6, MigrationStep.CheckUnmapped), (11, MigrationStep.TakeTreeLock),
        (3, MigrationStep.CheckMapping), (3, MigrationStep.CheckCount), (3, MigrationStep.CheckSlot), (3, MigrationStep.EstablishNewPage), (3, MigrationStep.SwitchSlot),
        (3, MigrationStep.DropTreeReference), (4, MigrationStep.DropTreeLock), (2, MigrationStep.CopyContents), (2, MigrationStep.CopyFlags),
        (2, MigrationStep.TransferDirty), (2, MigrationStep.ClearOldPage), (2, MigrationStep.EndNewPageWriteback), (2, MigrationStep.RemoveFromSwap),
        (2, MigrationStep.DropLocks), (9, MigrationStep.MoveToLru),
    ];

    // Who strikes, for how many steps, and how many the migration makes afterwards: mostly one, so that the next boundary is struck too.
    private static readonly Gen<(int Actor, int Steps, int Migration)[]> AimedBlows = Gen.Select(
        Gen.Int[0, 2], Gen.Frequency((3, Gen.Const(1)), (3, Gen.Int[2, 4]), (1, Gen.Int[5, 8])), Gen.Frequency((2, Gen.Const(0)), (5, Gen.Const(1)), (1, Gen.Int[2, 6])))
        .Array[2, 10];

    private static readonly Gen<PageClass> MovableClass = Gen.Frequency((5, PageClass.File), (1, PageClass.Tmpfs), (4, PageClass.AnonSwapCache));

    /// <summary>Any machine with one to three actors and any schedule; half of the time all actors aim at one page, now and then one that needs a meeting.</summary>
    public static readonly Gen<Interleaved> Anyhow = Gen.Select(MachineGen.Machine, Actor.Array[1, 3], Schedule, Gen.Int[0, 9], Gen.Bool, (machine, actors, schedule, meeting, together) =>
    {
        if (together)
            actors = [.. actors.Select(actor => actor with { Page = actors[0].Page })];
        (machine, actors[0]) = meeting switch
        {
            0 => (Reclaimable(machine, PageClass.File), actors[0] with { Kind = TaskKind.Kswapd, Second = false }),
            1 => (Reclaimable(machine, PageClass.Anon), actors[0] with { Kind = TaskKind.Kswapd, Second = false }),
            2 => (WantedFromSwap(machine, actors[0].Variant), actors[0] with { Kind = TaskKind.Fault, Page = 0 }),
            _ when machine.Lock is { Kind: ScenarioLockKind.Private } => (OfLockedFile(machine), actors[0] with { Kind = TaskKind.BufferUser, Page = 0 }),
            _ => (machine, actors[0]),
        };
        return new Interleaved(Drawn.Scenario(machine), [.. actors.Select(actor => Drawn.Actor(machine, actor))], [.. schedule]);
    });

    /// <summary>
    /// A machine whose first page can move (or, where step 3 is to be struck, can be given a slot), one to three actors that
    /// aim at it, and a schedule that takes the migration to a drawn step of its attempt, where they strike.
    /// </summary>
    public static readonly Gen<Interleaved> Aimed = Gen.Select(
        MachineGen.Machine, Gen.Frequency(Boundaries), MovableClass,
        Of(KindForFile, Gen.Const(0)).Array[1, 3], Of(KindForMemory, Gen.Const(0)).Array[1, 3], AimedBlows,
        (machine, step, movable, onFile, onMemory, blows) =>
        {
            PageClass kind = step is MigrationStep.AddToSwap or MigrationStep.AddToSwapCache ? PageClass.Anon : movable;
            machine = Movable(machine, kind, dirtied: step == MigrationStep.TransferDirty);
            Scenario scenario = Drawn.Scenario(machine);
            ActorDraw[] actors = kind is PageClass.File or PageClass.Tmpfs ? onFile : onMemory;
            // Around step 5 somebody who locks a VMA before its entry is gone, or brings one back, now and then.
            if (actors[0].Variant && step is MigrationStep.TryToUnmap or MigrationStep.CheckUnmapped)
                (actors[0], blows[0]) = (actors[0] with { Kind = step == MigrationStep.TryToUnmap ? TaskKind.Mlock : TaskKind.Fault }, (0, 4, 1));
            return new Interleaved(scenario, [.. actors.Select(actor => Drawn.Actor(machine, actor))],
                [
                    .. Enumerable.Repeat(0, StepsTo(scenario, step)),
                    .. blows.SelectMany(blow => Enumerable.Repeat(1 + (blow.Actor % actors.Length), blow.Steps).Concat(Enumerable.Repeat(0, blow.Migration))),
                ]);
        });

    /// <summary>A machine with one to three actors and a schedule: about half of them aimed.</summary>
    public static readonly Gen<Interleaved> Interleaved = Gen.Frequency((4, Anyhow), (5, Aimed));

    private static Gen<ActorDraw> Of(Gen<TaskKind> kind, Gen<int> page) => Gen.Select(
        kind, page, Gen.Int[0, 2], Gen.Bool, Gen.Bool, Gen.Int[0, 2],
        (what, which, process, write, variant, second) => new ActorDraw(what, which, process, write, variant, second == 0));

    // The steps that the migration makes alone until it stands before a step of its first attempt; 0 when it does not come there.
    private static int StepsTo(Scenario scenario, MigrationStep step)
    {
        Machine m = new Interleaved(scenario, [], []).Build().Machine;
        ref KernelTask t = ref m.Tasks[0];
        for (int steps = 0; t.Step != (int)MigrationStep.FinishPage; steps++)
        {
            if (t.Step == (int)step)
                return steps;
            if (Tasks.Advance(m, new TaskId(0)) != StepResult.Ran)
                return 0;
        }
        return 0;
    }

    // Nothing is in the way of the first page, and it comes first.
    private static MachineDraw Movable(MachineDraw draw, PageClass kind, bool dirtied) => draw with
    {
        Pages =
        [
            draw.Pages[0] with
            {
                Class = kind,
                Anon = draw.Pages[0].Anon % 4,
                Entries = dirtied ? [4, 0, 0] : draw.Pages[0].Entries,
                Dirty = false,
                Read = ReadState.Uptodate,
                Buffers = kind == PageClass.File ? [.. draw.Pages[0].Buffers.Select(buffer => buffer with { Dirty = false, User = -1, Locked = -1 })] : [],
                References = [],
                Locked = -1,
                Writeback = -1,
                Place = PagePlace.Isolated,
            },
            .. draw.Pages[1..],
        ],
        Files = [.. draw.Files.Select(file => file with { Releasepage = file.Releasepage == ReleasepageMode.Refuses ? ReleasepageMode.FreesBuffers : file.Releasepage })],
        Vmas = [.. draw.Vmas.Select((vma, i) => vma with { Locked = false, Nonlinear = false, Shared = vma.Shared || dirtied, ReadOnly = vma.ReadOnly && !dirtied })],
        Swap = draw.Swap with { Slots = -1, Writable = true, NoMemory = false },
        To = draw.To < -1 ? -1 : Math.Max(draw.To, draw.Pages.Length),
        Lock = null,
        Caller = CallerDraw.Plain,
    };

    /// <summary>The same machine with a first page that kswapd can take: unused, on the inactive list, and mapped only if it is memory.</summary>
    public static MachineDraw Reclaimable(MachineDraw draw, PageClass kind) => draw with
    {
        Pages =
        [
            draw.Pages[0] with
            {
                Class = kind, Entries = kind == PageClass.Anon ? [1, 0, 0] : new int[3], Second = new int[3], References = [], Locked = -1, Writeback = -1,
                Place = PagePlace.Lru, Zone = 0, Read = ReadState.Uptodate, Flags = draw.Pages[0].Flags & ~(PageFlags.Active | PageFlags.Referenced),
            },
            .. draw.Pages[1..],
        ],
        Caller = CallerDraw.Plain,
    };

    // The first page is one of the file whose private_lock others hold.
    private static MachineDraw OfLockedFile(MachineDraw draw) => draw with
    {
        Pages = [draw.Pages[0] with { Class = PageClass.File, File = draw.Lock!.Value.Number }, .. draw.Pages[1..]],
    };

    // The first page is one of tmpfs in the swap cache that an access must wait for: for its lock, or for its write.
    private static MachineDraw WantedFromSwap(MachineDraw draw, bool locked) => draw with
    {
        Pages = [draw.Pages[0] with { Class = PageClass.TmpfsSwapped, Locked = locked ? Until.Waited : -1, Writeback = locked ? -1 : Until.Waited }, .. draw.Pages[1..]],
        Vmas = [.. draw.Vmas.Select(vma => vma with { Cover = Cover.All })],
        Caller = CallerDraw.Plain,
    };
}
