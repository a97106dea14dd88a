namespace MigrationConformance.Core;

/// <summary>BH_Lock has exactly one owner: others, a write in flight, or a task that stands where it holds it.</summary>
internal static class BufferLocksHaveOwners
{
    public const string Name = "buffer locks have owners";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int row = 0; row < m.Buffers.Count; row++)
        {
            ref BufferHead buffer = ref m.Buffers[row];
            int owners = (buffer.State & BufferFlags.AsyncWrite) != 0 ? 1 : 0;
            foreach (ref Hold hold in m.Holds.Rows)
                owners += hold.Kind == HoldKind.BufferLock && hold.Buffer.Value == row ? 1 : 0;
            foreach (ref KernelTask t in m.Tasks.Rows)
                owners += TaskLocals.LocksBuffer(m, t, row) ? 1 : 0;
            bool locked = (buffer.State & BufferFlags.Lock) != 0;
            if (buffer.InUse != 0 && owners != (locked ? 1 : 0))
                return new Violation(Name, $"buffer {row} of {buffer.Page} is {(locked ? "locked" : "not locked")}, owners: {owners}", buffer.Page);
        }
        return null;
    }
}
