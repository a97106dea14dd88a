namespace MigrationConformance.Core;

/// <summary>A scenario in the making. What is said of a page is said of the last one.</summary>
public sealed partial class GivenPages
{
    internal GivenPages(Scenario scenario) => Scenario = scenario;

    /// <summary>The scenario as it is so far.</summary>
    public Scenario Scenario { get; }

    /// <summary>Another page follows.</summary>
    public GivenNext And => new(Scenario);

    /// <summary>The scenario.</summary>
    /// <param name="given">What was said.</param>
    public static implicit operator Scenario(GivenPages given) => given.Scenario;

    /// <summary>Builds the machine.</summary>
    /// <returns>The machine, with the migration ready to begin.</returns>
    public ScenarioMachine Build() => ScenarioBuilder.Build(Scenario);

    /// <summary>Builds the machine and runs the migration.</summary>
    /// <returns>How it ended.</returns>
    public MigrationResult Run() => MigrationRun.Run(Build());

    /// <summary>The last page, changed.</summary>
    /// <param name="change">Makes another page of it.</param>
    /// <returns>The scenario with the other page.</returns>
    public GivenPages With(Func<ScenarioPage, ScenarioPage> change)
    {
        int last = Scenario.Pages.Count - 1;
        return new(Scenario with { Pages = Scenario.Pages.With(last, change(Scenario.Pages[last])) });
    }

    /// <summary>That many processes map it, each with an entry that is clean and old.</summary>
    /// <param name="entries">Entries, 0 or more.</param>
    /// <returns>The scenario with the entries.</returns>
    public GivenPages MappedBy(int entries) => With(page => page with { MappedBy = entries });

    /// <summary>One more process maps it.</summary>
    /// <param name="young">The young bit.</param>
    /// <param name="dirty">The dirty bit.</param>
    /// <param name="write">The write bit, or null for as <paramref name="dirty"/>.</param>
    /// <param name="vma">The VMA, or null for the next one that covers the page.</param>
    /// <param name="address">The address, or null for the linear one.</param>
    /// <returns>The scenario with the entry.</returns>
    public GivenPages WithPte(bool young = false, bool dirty = false, bool? write = null, int? vma = null, ulong? address = null) =>
        With(page => page with
        {
            Ptes = page.Ptes.With(new ScenarioPte { Vma = vma, Address = address, Young = young, Dirty = dirty, Write = write ?? dirty }),
        });

    /// <summary>That many processes have a swap entry for its slot.</summary>
    /// <param name="entries">Entries, 0 or more.</param>
    /// <returns>The scenario with the entries.</returns>
    public GivenPages SwappedOutBy(int entries) => With(page => page with { SwappedBy = entries });

    /// <summary>It is in the swap cache.</summary>
    /// <param name="slot">Its slot.</param>
    /// <returns>The scenario with the page there.</returns>
    public GivenPages InSwapCache(int slot = 1) => With(page => page with { SwapCache = slot });

    /// <summary>PG_dirty is set.</summary>
    /// <returns>The scenario with the flag.</returns>
    public GivenPages Dirty() => Flagged(PageFlags.Dirty);

    /// <summary>PG_referenced is set.</summary>
    /// <returns>The scenario with the flag.</returns>
    public GivenPages Referenced() => Flagged(PageFlags.Referenced);

    /// <summary>PG_active is set.</summary>
    /// <returns>The scenario with the flag.</returns>
    public GivenPages Active() => Flagged(PageFlags.Active);

    /// <summary>PG_uptodate is clear.</summary>
    /// <returns>The scenario without the flag.</returns>
    public GivenPages NotUptodate() => With(page => page with { Flags = (page.Flags ?? PageFlags.Uptodate) & ~PageFlags.Uptodate });

    /// <summary>Flags are set beside those it has.</summary>
    /// <param name="flags">Flags that do not follow from something else.</param>
    /// <returns>The scenario with the flags.</returns>
    public GivenPages Flagged(PageFlags flags) => With(page => page with { Flags = (page.Flags ?? PageFlags.Uptodate) | flags });

    /// <summary>It has buffers that are clean and not in use.</summary>
    /// <param name="buffers">How many, 1 to 8.</param>
    /// <returns>The scenario with the buffers.</returns>
    public GivenPages WithBuffers(int buffers = 1) => With(page => page with { Buffers = ScenarioBuffer.Defaults(buffers) });

    /// <summary>It has one more buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <returns>The scenario with the buffer.</returns>
    public GivenPages WithBuffer(ScenarioBuffer buffer) => With(page => page with { Buffers = page.Buffers.With(buffer) });

    /// <summary>Others hold one more reference, for ever.</summary>
    /// <returns>The scenario with the reference.</returns>
    public GivenPages Pinned() => PinnedUntil(Until.Never);

    /// <summary>Others hold one more reference.</summary>
    /// <param name="until">When it ends: see <see cref="Until"/>.</param>
    /// <returns>The scenario with the reference.</returns>
    public GivenPages PinnedUntil(int until) => With(page => page with { References = page.References.With(until) });

    /// <summary>Others hold its lock.</summary>
    /// <param name="until">When it ends: see <see cref="Until"/>.</param>
    /// <returns>The scenario with the lock.</returns>
    public GivenPages LockedUntil(int until) => With(page => page with { Locked = until });

    /// <summary>A write of others is in flight.</summary>
    /// <param name="until">When it ends: see <see cref="Until"/>.</param>
    /// <param name="fails">Whether it completes with an error.</param>
    /// <returns>The scenario with the write.</returns>
    public GivenPages UnderWritebackUntil(int until, bool fails = false) =>
        With(page => page with { Writeback = new ScenarioWriteback { Until = until, Fails = fails } });

    /// <summary>It is somewhere else than it would be.</summary>
    /// <param name="place">Where.</param>
    /// <param name="cpu">Whose pagevec.</param>
    /// <returns>The scenario with the page there.</returns>
    public GivenPages On(PagePlace place, int cpu = 0) => With(page => page with { List = place, Cpu = cpu });

    /// <summary>It holds something else than its number + 1.</summary>
    /// <param name="contents">What it holds.</param>
    /// <returns>The scenario with the contents.</returns>
    public GivenPages Holding(ulong contents) => With(page => page with { Contents = contents });

    /// <summary>It belongs to another zone than the first.</summary>
    /// <param name="zone">The zone; there are as many zones as that takes.</param>
    /// <returns>The scenario with the page in the zone.</returns>
    public GivenPages InZone(int zone) =>
        new(With(page => page with { Zone = zone }).Scenario with { Zones = Math.Max(Scenario.Zones, zone + 1) });

    /// <summary>Raw values contradict what the page is: the scenario becomes illegal.</summary>
    /// <param name="raw">The values.</param>
    /// <returns>The illegal scenario.</returns>
    public GivenPages Claiming(ScenarioRawPage raw) => new(With(page => page with { Raw = raw }).Scenario with { Illegal = true });
}
