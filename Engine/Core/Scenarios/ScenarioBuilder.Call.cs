namespace MigrationConformance.Core;

// The system call, and who the processes are that it asks about.
public sealed partial class ScenarioBuilder
{
    // The uid of a process that says nothing about it: an ordinary user.
    private const int OrdinaryUser = 1000;

    private void CheckCall()
    {
        if (s.Call is not { } call)
            return;
        string? beside = s.From is not null ? "from" : s.To != ScenarioTo.AsManyAsFrom ? "to" : s.Before.Count > 0 ? "before" : s.After.Count > 0 ? "after" : null;
        if (beside is not null)
            throw Wrong($"$.{beside}", "it beside \"call\"", "one of them, since a call makes its own lists");
        if (call.Kind is not (PolicyCallKind.MigratePages or PolicyCallKind.Mbind))
            throw Wrong("$.call", $"{call.Kind}", "\"migratePages\" or \"mbind\"");
        bool mbind = call.Kind == PolicyCallKind.Mbind;
        CheckNodes("$.call.migratePages.from", call.From);
        CheckNodes("$.call.migratePages.to", call.To);
        CheckNodes("$.call.mbind.nodes", call.Nodes);
        if (mbind && call.Process is null)
            throw Wrong("$.call.mbind.process", "null", "a process, since mbind works on its caller");
        if (call.Process is null && call.Caller is null)
            throw Wrong("$.call.migratePages.caller", "no caller for a pid without a process", "the number of a process");
        if (call.Start is { } start && (start >= ScenarioLimits.AddressEnd || start % Machine.PageSize != 0))
            throw Wrong("$.call.mbind.start", $"0x{start:x}", "a multiple of 4096 below 2^47");
        if (call.Pages > (ScenarioLimits.AddressEnd - (call.Start ?? 0)) >> Machine.PageShift)
            throw Wrong("$.call.mbind.pages", $"{call.Pages}", "a length such that the end is at most at 2^47");
    }

    private static void CheckNodes(string place, ValueList<int> nodes)
    {
        for (int i = 0; i < nodes.Count; i++)
            CheckRange($"{place}[{i}]", nodes[i], 0, NodeMask.MaxNodes - 1);
    }

    private void SurveyCall()
    {
        Highest(ref highestProcess, s.Call?.Process ?? -1);
        Highest(ref highestProcess, s.Call?.Caller ?? -1);
    }

    private void AddCreds()
    {
        if (s.Call is null)
            return;
        for (int number = 0; number < processes; number++)
        {
            ScenarioProcess process = s.Processes?[number] ?? ScenarioProcess.Default;
            int uid = process.Uid ?? OrdinaryUser;
            int euid = process.Euid ?? uid;
            CheckNodes($"$.processes[{number}].mems", process.Mems ?? []);
            m.Creds.Add(new Cred
            {
                Uid = uid,
                Euid = euid,
                Suid = process.Suid ?? uid,
                CapSysNice = process.CapSysNice ?? euid == 0 ? 1 : 0,
                MemsAllowed = process.Mems is { } mems ? Mask(mems) : new NodeMask(ulong.MaxValue),
            });
        }
    }

    private KernelTask CallTask(ScenarioCall call)
    {
        MmId target = Process("process", call.Process);
        MmId caller = call.Caller is null ? target : Process("caller", call.Caller);
        if (call.Kind == PolicyCallKind.MigratePages)
            return PolicyCalls.NewMigratePages(m, caller, target, Mask(call.From), Mask(call.To));
        (ulong start, ulong end) = LowestVma(target);
        start = call.Start ?? start;
        if (call.Pages is { } pages)
            end = start + (pages << Machine.PageShift);
        if (end < start)
            throw Wrong("$.call.mbind.start", $"0x{start:x} without \"pages\", behind the process's lowest VMA", "\"pages\" beside it");
        return PolicyCalls.NewMbind(m, target, start, end, call.Policy, Mask(call.Nodes), call.Flags);
    }

    private MmId Process(string member, int? number)
    {
        if (number is not { } process)
            return new MmId(-1);
        string call = s.Call!.Kind == PolicyCallKind.Mbind ? "mbind" : "migratePages";
        return process >= 0 && process < processes ? new MmId(process) : throw Dangling($"$.call.{call}.{member}", process, "processes", processes);
    }

    private (ulong Start, ulong End) LowestVma(MmId mm)
    {
        (ulong Start, ulong End) lowest = (0, 0);
        foreach (ref VmArea vma in m.Vmas.Rows)
        {
            if (vma.Mm == mm && (lowest.End == 0 || vma.Start < lowest.Start))
                lowest = (vma.Start, vma.End);
        }
        return lowest;
    }

    private static NodeMask Mask(ValueList<int> nodes)
    {
        ulong bits = 0;
        foreach (int node in nodes)
            bits |= 1UL << node;
        return new NodeMask(bits);
    }
}
