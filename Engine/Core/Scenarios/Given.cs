namespace MigrationConformance.Core;

/// <summary>Begins a scenario that reads like a sentence: <c>Given.AnonPage().MappedBy(2).InSwapCache(slot: 3).And.FilePage().Dirty().To(1)</c>.</summary>
/// <remarks>Each call names a page; what follows it is said of that page. Nothing changes in place: every step is a new value.</remarks>
public static class Given
{
    /// <summary>No page at all.</summary>
    public static GivenPages NoPage => new(new Scenario());

    /// <summary>A page of a file's page cache.</summary>
    /// <param name="file">The file.</param>
    /// <param name="index">Its offset in pages, or null for the first that no page of the scenario has.</param>
    /// <returns>The scenario with this page as its last one.</returns>
    public static GivenPages FilePage(int file = 0, ulong? index = null) => NoPage.And.FilePage(file, index);

    /// <summary>An anonymous page.</summary>
    /// <param name="anonVma">Its anon_vma.</param>
    /// <param name="index">Its linear offset in pages, or null for the first that no page of the scenario has.</param>
    /// <returns>The scenario with this page as its last one.</returns>
    public static GivenPages AnonPage(int anonVma = 0, ulong? index = null) => NoPage.And.AnonPage(anonVma, index);

    /// <summary>A page in the swap cache without mapping, as after tmpfs or readahead.</summary>
    /// <param name="slot">Its slot.</param>
    /// <returns>The scenario with this page as its last one.</returns>
    public static GivenPages SwapCachePage(int slot = 1) => NoPage.And.SwapCachePage(slot);

    /// <summary>A page without owner, as truncation leaves one that somebody still holds.</summary>
    /// <returns>The scenario with this page as its last one.</returns>
    public static GivenPages TruncatedPage() => NoPage.And.TruncatedPage();

    /// <summary>A page that says whatever it says.</summary>
    /// <param name="page">The page.</param>
    /// <returns>The scenario with this page as its last one.</returns>
    public static GivenPages Page(ScenarioPage page) => NoPage.And.Page(page);

    /// <summary>A scenario made elsewhere.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <returns>The scenario, to say more of it.</returns>
    public static GivenPages The(Scenario scenario) => new(scenario);
}

/// <summary>What comes after <see cref="GivenPages.And"/>: another page.</summary>
public readonly struct GivenNext
{
    private readonly Scenario scenario;

    internal GivenNext(Scenario scenario) => this.scenario = scenario;

    /// <inheritdoc cref="Given.FilePage"/>
    public GivenPages FilePage(int file = 0, ulong? index = null) =>
        Page(new ScenarioPage { File = file, Index = index ?? NextIndex(page => page.File == file) });

    /// <inheritdoc cref="Given.AnonPage"/>
    public GivenPages AnonPage(int anonVma = 0, ulong? index = null) =>
        Page(new ScenarioPage { AnonVma = anonVma, Index = index ?? NextIndex(page => page.AnonVma == anonVma) });

    /// <inheritdoc cref="Given.SwapCachePage"/>
    public GivenPages SwapCachePage(int slot = 1) => Page(new ScenarioPage { SwapCache = slot });

    /// <inheritdoc cref="Given.TruncatedPage"/>
    public GivenPages TruncatedPage() => Page(new ScenarioPage());

    /// <summary>A freshly allocated page, for <see cref="GivenPages.To(ValueList{int})"/>.</summary>
    /// <returns>The scenario with this page as its last one.</returns>
    public GivenPages NewPage() => Page(new ScenarioPage { List = PagePlace.New });

    /// <inheritdoc cref="Given.Page"/>
    public GivenPages Page(ScenarioPage page) => new(scenario with { Pages = scenario.Pages.With(page) });

    private ulong NextIndex(Predicate<ScenarioPage> mine)
    {
        ulong next = 0;
        foreach (ScenarioPage page in scenario.Pages)
        {
            if (mine(page))
                next = Math.Max(next, page.Index + (ulong)page.Repeat);
        }
        return next;
    }
}
