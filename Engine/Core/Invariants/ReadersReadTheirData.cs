namespace MigrationConformance.Core;

/// <summary>A reader that looked at PG_uptodate, or slept on the lock, read what the file holds.</summary>
internal static class ReadersReadTheirData
{
    public const string Name = "readers read their data";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            ref KernelTask t = ref m.Tasks[task];
            if (!TaskLocals.HasRead(t, out MappingId mapping, out ulong index, out ulong found) || survey.Memory.Loses(mapping) || TaskLocals.Discards(m, mapping))
                continue;
            foreach ((MappingId file, ulong at, ulong value) in survey.Memory.Files)
            {
                if (file == mapping && at == index && value != found)
                    return new Violation(Name, $"task {task} read {found} from {file} at {at}, which holds {value}", t.Page);
            }
        }
        return null;
    }
}
