using System.Globalization;

namespace MigrationConformance.Core;

/// <summary>A machine with the names that its renderings use: <c>page N</c> for old pages, <c>newpage N</c> for those of <c>to</c>.</summary>
/// <remarks>Names come from numbers that stay the same throughout a run, so that a line tells of the same thing before and after.</remarks>
public sealed class MachineView
{
    private readonly Scenario? scenario;
    private readonly int firstNew = int.MaxValue;
    private readonly bool[] isNew = [];

    /// <summary>A view of a machine that was built from a scenario.</summary>
    /// <param name="run">The machine; it may have run already.</param>
    public MachineView(ScenarioMachine run)
    {
        Machine = run.Machine;
        scenario = run.Scenario;
        (From, To, Moved, Failed, Others) = (run.From, run.To, run.Moved, run.Failed, run.Others);
        Migration = run.Migration;
        if (scenario.To.IsSwapOut)
            return;
        firstNew = 0;
        foreach (ScenarioPage page in scenario.Pages)
            firstNew += page.Repeat;
        if (scenario.To.Pages is not { } pages)
            return;
        isNew = new bool[Machine.Pages.Count];
        foreach (int page in pages)
            isNew[page] = true;
    }

    /// <summary>A view of any machine; the lists are those of its first migration, if it has one.</summary>
    /// <param name="machine">The machine.</param>
    public MachineView(Machine machine)
    {
        Machine = machine;
        (From, To, Moved, Failed, Others) = (ListId.None, ListId.None, ListId.None, ListId.None, ListId.None);
        Migration = new TaskId(-1);
        for (int task = machine.Tasks.Count - 1; task >= 0; task--)
        {
            KernelTask t = machine.Tasks[task];
            if (t.Kind == TaskKind.Migration)
                (From, To, Moved, Failed, Migration) = (t.From, t.To, t.Moved, t.Failed, new TaskId(task));
        }
    }

    /// <summary>The machine.</summary>
    public Machine Machine { get; }

    /// <summary>The list of pages to migrate, or none.</summary>
    public ListId From { get; }

    /// <summary>The list of new pages, or none.</summary>
    public ListId To { get; }

    /// <summary>The list of pages that are done, or none.</summary>
    public ListId Moved { get; }

    /// <summary>The list of pages that failed for good, or none.</summary>
    public ListId Failed { get; }

    /// <summary>Isolated pages that the call does not see, or none.</summary>
    public ListId Others { get; }

    /// <summary>The migration, or −1 when there is none.</summary>
    public TaskId Migration { get; }

    /// <summary>The name of a page.</summary>
    /// <param name="page">A page, or none.</param>
    /// <returns><c>page N</c>, <c>newpage N</c> or <c>none</c>.</returns>
    public string Page(Pfn page)
    {
        if (page.IsNone)
            return "none";
        bool fresh = page.Value >= firstNew || (page.Value < isNew.Length && isNew[page.Value]);
        return (fresh ? "newpage " : "page ") + page.Value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The name of a mapping, without its label.</summary>
    /// <param name="mapping">A mapping, or none.</param>
    /// <returns><c>file N</c>, <c>swapper_space</c> or <c>NULL</c>.</returns>
    public static string Mapping(MappingId mapping) => mapping.IsNone ? "NULL" : mapping.ToString();

    /// <summary>What page->mapping says.</summary>
    /// <param name="mapping">The pointer.</param>
    /// <returns><c>NULL</c>, <c>file N</c> or <c>anon_vma N</c>.</returns>
    public static string Mapping(MappingPtr mapping) => mapping.ToString();

    /// <summary>The label that the scenario gives a file, between quotes and with a blank in front, or nothing.</summary>
    /// <param name="mapping">A mapping.</param>
    /// <returns>The text to put after the file's number.</returns>
    public string FileLabel(MappingId mapping) =>
        mapping.Value > 0 && scenario?.Files?[mapping.Value - 1].Name is { } name ? " " + RenderWords.Label(name) : "";

    /// <summary>The label that the scenario gives a process, between quotes and with a blank in front, or nothing.</summary>
    /// <param name="process">A process.</param>
    /// <returns>The text to put after the process's number.</returns>
    public string ProcessLabel(MmId process) =>
        scenario?.Processes?[process.Value].Name is { } name ? " " + RenderWords.Label(name) : "";

    /// <summary>The name of the list that a page is on, found by following the links to the list's head.</summary>
    /// <param name="page">A page.</param>
    /// <returns>The list's name, the pagevec's, or <c>none</c>.</returns>
    public string ListOf(Pfn page)
    {
        int left = Machine.Pages.Count + 1;
        int link = Machine.Pages[page.Value].Next;
        while (link >= 0 && left-- > 0)
            link = Machine.Pages[link].Next;
        return link >= 0 ? "broken" : link == ListHead.Unlinked ? PagevecOf(page) : ListName(new ListId(~link));
    }

    private string ListName(ListId list)
    {
        for (int zone = 0; zone < Machine.Zones.Count; zone++)
        {
            string suffix = Machine.Zones.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" of zone {zone}");
            if (Machine.Zones[zone].ActiveList == list)
                return "active" + suffix;
            if (Machine.Zones[zone].InactiveList == list)
                return "inactive" + suffix;
        }
        return list == From ? "from" : list == To ? "to" : list == Moved ? "moved" : list == Failed ? "failed" : "others";
    }

    private string PagevecOf(Pfn page)
    {
        for (int cpu = 0; cpu < Machine.Pagevecs.Count; cpu++)
        {
            ref CpuPagevecs pagevecs = ref Machine.Pagevecs[cpu];
            string suffix = Machine.Pagevecs.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" of cpu {cpu}");
            if (pagevecs.LruAdd.Pages[..pagevecs.LruAdd.Nr].Contains(page.Value))
                return "lru_add" + suffix;
            if (pagevecs.LruAddActive.Pages[..pagevecs.LruAddActive.Nr].Contains(page.Value))
                return "lru_add_active" + suffix;
        }
        return "none";
    }
}
