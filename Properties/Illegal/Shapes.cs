using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What page 0 of a drawn machine must be for an illegality of it; everything else stays as drawn.</summary>
internal static class Shapes
{
    private static readonly BufferDraw Idle = new(Dirty: false, User: -1, Locked: -1);

    /// <summary>Any page that something besides its isolation holds, with nothing in its way.</summary>
    public static MachineDraw AnyPage(MachineDraw draw) => Page(draw, page => Plain(page) with { Class = page.Class == PageClass.Ownerless ? PageClass.File : page.Class });

    /// <summary>A clean page of a file, isolated, alone in the file.</summary>
    public static MachineDraw OfFile(MachineDraw draw) => Page(
        draw with { Pages = [draw.Pages[0], .. draw.Pages[1..].Select(page => page with { File = 1 })] },
        page => Plain(page) with { Class = PageClass.File, File = 0, Dirty = false, Entries = new int[3], Second = new int[3], DirtyTag = false });

    /// <summary>A clean page without buffers, of a file that loses nothing.</summary>
    public static MachineDraw Clean(MachineDraw draw) => Page(OfFile(draw), page => page with { Buffers = [] }) with
    {
        Files = [.. draw.Files.Select(file => file with { Writepage = WritepageMode.Asynchronous })],
    };

    /// <summary>A dirty page of a file.</summary>
    public static MachineDraw Dirty(MachineDraw draw) => Page(OfFile(draw), page => page with { Dirty = true });

    /// <summary>A page of a file with two idle buffers.</summary>
    public static MachineDraw Buffers(MachineDraw draw) => Page(OfFile(draw), page => page with { Buffers = [Idle, Idle] }) with
    {
        Files = [.. draw.Files.Select(file => file with { Nobuffers = null })],
    };

    /// <summary>Two such pages.</summary>
    public static MachineDraw TwoWithBuffers(MachineDraw draw)
    {
        MachineDraw one = Buffers(draw);
        return one with { Pages = [one.Pages[0], one.Pages[0] with { File = 1 }, .. one.Pages[1..]] };
    }

    /// <summary>A page of a file that process 0 has mapped, linearly.</summary>
    public static MachineDraw Mapped(MachineDraw draw) => Page(OfFile(draw), page => page with { Entries = [1, 0, 0] }) with { Vmas = Whole(draw) };

    /// <summary>A clean page of memory in the swap cache that process 0 has mapped.</summary>
    public static MachineDraw Memory(MachineDraw draw) => Page(Cached(draw), page => page with { Entries = [1, 0, 0] });

    /// <summary>A clean page of memory in the swap cache, whose slot processes name as drawn.</summary>
    public static MachineDraw Cached(MachineDraw draw) => Page(draw, InSwapCache) with { Swap = draw.Swap with { Slots = -1, Users = 0, Bad = 0 } };

    private static PageDraw InSwapCache(PageDraw page) => Plain(page) with
    {
        Class = PageClass.AnonSwapCache,
        Anon = page.Anon % 2,
        Dirty = false,
        DirtyTag = false,
        Entries = [.. page.Entries.Select(entry => entry is 3 or 4 ? 1 : entry)],
    };

    /// <summary>A page of memory that two processes have mapped.</summary>
    public static MachineDraw SharedMemory(MachineDraw draw) => Page(Cached(draw), page => page with { Entries = [1, 1, 0] }) with
    {
        Vmas = Whole(draw),
        Processes = draw.Processes.Length > 1 ? draw.Processes : [draw.Processes[0], default],
    };

    /// <summary>A page of a file on the LRU.</summary>
    public static MachineDraw OnLru(MachineDraw draw) => Page(OfFile(draw), page => page with { Place = PagePlace.Lru });

    /// <summary>The machine with page 0 changed.</summary>
    public static MachineDraw Page(MachineDraw draw, Func<PageDraw, PageDraw> change) => draw with
    {
        Pages = [change(draw.Pages[0]), .. draw.Pages[1..]],
        Caller = CallerDraw.Plain,
    };

    private static PageDraw Plain(PageDraw page) => page with
    {
        Read = ReadState.Uptodate,
        References = [],
        Locked = -1,
        Writeback = -1,
        Place = PagePlace.Isolated,
        Buffers = [.. page.Buffers.Select(buffer => buffer with { User = -1, Locked = -1 })],
    };

    private static VmaDraw[] Whole(MachineDraw draw) => [.. draw.Vmas.Select(vma => vma with { Cover = Cover.All, Nonlinear = false, Split = false })];
}
