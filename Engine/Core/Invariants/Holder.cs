namespace MigrationConformance.Core;

/// <summary>What kind of thing holds one unit of a page's count.</summary>
public enum HolderKind
{
    /// <summary>A slot of a tree: page cache or swap cache. <see cref="Holder.Number"/> is the mapping, <see cref="Holder.Where"/> the index.</summary>
    Tree,

    /// <summary>A present page table entry; it holds one unit of mapcount too. Number is the process, Where the address.</summary>
    Pte,

    /// <summary>The buffers: PG_private.</summary>
    Buffers,

    /// <summary>The isolation: the page is on a private list. Number is the list.</summary>
    Isolation,

    /// <summary>The allocation of a new page that is still on <c>to</c>. Number is the list.</summary>
    NewPage,

    /// <summary>A per-CPU pagevec. Number is the CPU.</summary>
    Pagevec,

    /// <summary>A reference that others hold. Number is the row of <see cref="Machine.Holds"/>.</summary>
    Others,

    /// <summary>A migration between steps 10 and 11: the new page's tree reference is taken, the slot still names the old page. Number is the task.</summary>
    TreeToBe,

    /// <summary>A migration between steps 11 and 12: the slot names the new page, the old one's reference is not dropped yet. Number is the task.</summary>
    TreeThatWas,

    /// <summary>The gather of a task that unmaps: the entry is gone, its reference not yet. Number is the task.</summary>
    Gather,

    /// <summary>A local variable of a task. Number is the task.</summary>
    Local,

    /// <summary>A migration that moves buffers: the new page has their reference, PG_private does not say so yet. Number is the task.</summary>
    BuffersToBe,
}

/// <summary>Who holds one unit of a page's count, by name.</summary>
/// <param name="Kind">What holds it.</param>
/// <param name="Number">Which one: see <see cref="HolderKind"/>.</param>
/// <param name="Where">Address in bytes or index in pages, for entries and trees.</param>
public readonly record struct Holder(HolderKind Kind, int Number, ulong Where = 0)
{
    /// <summary>As the ledger prints it.</summary>
    public override string ToString() => Kind switch
    {
        HolderKind.Tree when Number == MappingId.Swapper.Value => $"swap cache (slot {Where})",
        HolderKind.Tree => $"page cache of {new MappingId(Number)} at {Where}",
        HolderKind.Pte => $"pte of process {Number} at 0x{Where:x}",
        HolderKind.Buffers => "buffers",
        HolderKind.Isolation => "isolation",
        HolderKind.NewPage => "new-page allocation",
        HolderKind.Pagevec => $"pagevec of cpu {Number}",
        HolderKind.Others => "reference held by others",
        HolderKind.TreeToBe => $"tree reference taken by task {Number} at step 10",
        HolderKind.TreeThatWas => $"tree reference that task {Number} drops at step 12",
        HolderKind.BuffersToBe => $"buffers that task {Number} moves here",
        HolderKind.Gather => $"gather of task {Number}",
        _ => $"local of task {Number}",
    };
}

/// <summary>Receives the holders of pages one by one.</summary>
public interface IHolderSink
{
    /// <summary>One unit of a page's count; with <see cref="HolderKind.Pte"/> also one of its mapcount.</summary>
    /// <param name="page">The page frame number; not checked, it can be out of range in a broken machine.</param>
    /// <param name="holder">Who holds it.</param>
    void Unit(int page, in Holder holder);
}
