namespace MigrationConformance.Core;

/// <summary>b_count is the number of users that hold the buffer.</summary>
internal static class BufferCountsAreTheirUsers
{
    public const string Name = "buffer counts are their users";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int row = 0; row < m.Buffers.Count; row++)
        {
            int users = 0;
            foreach (ref Hold hold in m.Holds.Rows)
                users += hold.Kind == HoldKind.BufferCount && hold.Buffer.Value == row ? 1 : 0;
            foreach (ref KernelTask t in m.Tasks.Rows)
                users += TaskLocals.HoldsBuffer(m, t, row) ? 1 : 0;
            if (m.Buffers[row].Count != users)
                return new Violation(Name, $"buffer {row} of {m.Buffers[row].Page} has b_count {m.Buffers[row].Count} and {users} users", m.Buffers[row].Page);
        }
        return null;
    }
}
