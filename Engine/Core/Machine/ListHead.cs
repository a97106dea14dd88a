namespace MigrationConformance.Core;

/// <summary>The head of a circular doubly linked list of pages, linked through <see cref="Page.Next"/> and <see cref="Page.Prev"/>.</summary>
/// <remarks>
/// Kernel: include/linux/list.h struct list_head. A link ≥ 0 is a page frame number; a link &lt; 0 is the bitwise
/// complement of the list's number, that is, the head itself; <see cref="Unlinked"/> is a page on no list.
/// <code>
///   head 2 ⇄ page 5 ⇄ page 0 ⇄ head 2      head.Next = 5, pages[5].Prev = ~2, pages[0].Next = ~2
/// </code>
/// </remarks>
public struct ListHead
{
    /// <summary>The link value of a page that is on no list.</summary>
    public const int Unlinked = int.MinValue;

    /// <summary>First page, or the complement of the list's own number when empty.</summary>
    public int Next;

    /// <summary>Last page, or the complement of the list's own number when empty.</summary>
    public int Prev;
}

/// <summary>The list operations of the kernel over the page tables of a machine.</summary>
/// <remarks>Kernel: include/linux/list.h. None of them knows which list a page is on, as in the kernel.</remarks>
public static class PageList
{
    /// <summary>list_add(): links a page in front, right after the head.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on no list.</param>
    /// <param name="list">The list.</param>
    public static void Add(Machine m, Pfn page, ListId list)
    {
        ref ListHead head = ref m.Lists[list.Value];
        Link(m, page.Value, ~list.Value, head.Next);
    }

    /// <summary>list_add_tail(): links a page at the end, right before the head.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on no list.</param>
    /// <param name="list">The list.</param>
    public static void AddTail(Machine m, Pfn page, ListId list)
    {
        ref ListHead head = ref m.Lists[list.Value];
        Link(m, page.Value, head.Prev, ~list.Value);
    }

    /// <summary>list_del(): unlinks a page from whichever list it is on.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on a list.</param>
    public static void Del(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (p.Next == ListHead.Unlinked)
            throw new EngineFault(m, $"list_del of {page}, which is on no list");
        SetNext(m, p.Prev, p.Next);
        SetPrev(m, p.Next, p.Prev);
        p.Next = ListHead.Unlinked;
        p.Prev = ListHead.Unlinked;
    }

    /// <summary>list_move(): unlinks a page and links it at the front of another list.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on a list.</param>
    /// <param name="list">The list it goes to.</param>
    public static void Move(Machine m, Pfn page, ListId list)
    {
        Del(m, page);
        Add(m, page, list);
    }

    /// <summary>list_empty().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="list">The list.</param>
    /// <returns>True when the list holds no page.</returns>
    public static bool IsEmpty(Machine m, ListId list) => m.Lists[list.Value].Next < 0;

    /// <summary>The first page of a list.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="list">The list.</param>
    /// <returns>The page, or none when the list is empty.</returns>
    public static Pfn First(Machine m, ListId list) => AsPfn(m.Lists[list.Value].Next);

    /// <summary>lru_to_page(): the last page of a list, the one before the head.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="list">The list.</param>
    /// <returns>The page, or none when the list is empty.</returns>
    /// <remarks>Kernel: mm/vmscan.c lru_to_page().</remarks>
    public static Pfn Last(Machine m, ListId list) => AsPfn(m.Lists[list.Value].Prev);

    /// <summary>The page after a page on its list.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on a list.</param>
    /// <returns>The next page, or none at the end.</returns>
    public static Pfn Next(Machine m, Pfn page) => AsPfn(m.Pages[page.Value].Next);

    /// <summary>The pages of a list, first to last.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="list">The list.</param>
    /// <returns>The pages in order; the walk ends after as many steps as there are frames, so a broken list ends too.</returns>
    public static IEnumerable<Pfn> Walk(Machine m, ListId list)
    {
        int left = m.Pages.Count;
        for (Pfn page = First(m, list); !page.IsNone && left-- > 0; page = Next(m, page))
            yield return page;
    }

    private static Pfn AsPfn(int link) => link >= 0 ? new Pfn(link) : Pfn.None;

    private static void Link(Machine m, int page, int prev, int next)
    {
        ref Page p = ref m.Pages[page];
        if (p.Next != ListHead.Unlinked)
            throw new EngineFault(m, $"list_add of page {page}, which is on a list already");
        p.Next = next;
        p.Prev = prev;
        SetNext(m, prev, page);
        SetPrev(m, next, page);
    }

    private static void SetNext(Machine m, int link, int value)
    {
        if (link >= 0)
            m.Pages[link].Next = value;
        else
            m.Lists[~link].Next = value;
    }

    private static void SetPrev(Machine m, int link, int value)
    {
        if (link >= 0)
            m.Pages[link].Prev = value;
        else
            m.Lists[~link].Prev = value;
    }
}
