using System.Reflection;
using System.Runtime.InteropServices;
using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>
/// A machine is a value: a copy is equal and shares nothing, and no byte of any table is left out of
/// equality and fingerprint. Exploration stands on this: a forgotten field would merge two states.
/// </summary>
[TestFixture]
public sealed class MachineValue
{
    // Found by reflection, so that a table added later is covered without a line here.
    private static readonly FieldInfo[] Fields =
        [.. typeof(Machine).GetFields(BindingFlags.Instance | BindingFlags.Public).OrderBy(field => field.MetadataToken)];

    /// <summary>Rows for each field, 0 to 3, and the bytes that fill all rows, over and over.</summary>
    private static readonly Gen<(int[] Rows, byte[] Fill)> Contents =
        Gen.Select(Gen.Int[0, 3].Array[Fields.Length], Gen.Byte.Array[1, 64]);

    [Test]
    public void A_copy_is_equal_and_has_the_same_fingerprint() =>
        Contents.Sample(contents =>
        {
            Machine machine = Build(contents);
            Machine copy = new(machine);

            return copy.Equals(machine) && machine.Equals(copy) && copy.Fingerprint() == machine.Fingerprint();
        }, iter: 1000, threads: 1, print: Print);

    [Test]
    public void A_copy_over_another_machine_leaves_nothing_of_that_one() =>
        Gen.Select(Contents, Contents).Sample((contents, others) =>
        {
            Machine machine = Build(contents);
            Machine target = Build(others);
            target.CopyFrom(machine);

            return target.Equals(machine) && target.Fingerprint() == machine.Fingerprint()
                && machine.Equals(Build(contents));
        }, iter: 1000, threads: 1, print: both => $"{Print(both.Item1)} over {Print(both.Item2)}");

    [Test]
    public void Changing_one_byte_anywhere_makes_another_machine_and_leaves_the_copy_alone() =>
        Gen.Select(Contents, Gen.Int[0, 4095], Gen.Int[0, 7]).Sample((contents, place, bit) =>
        {
            foreach (FieldInfo field in Fields)
            {
                // Built twice, not copied: a copy that forgets the field would have nothing to change.
                Machine machine = Build(contents);
                Machine changed = Build(contents);
                if (!ChangeBytes(changed, field, bytes => Flip(bytes, place, bit)))
                    continue;

                if (changed.Equals(machine))
                    throw new InvalidOperationException($"{field.Name} is not compared at byte {place}");
                if (changed.Fingerprint() == machine.Fingerprint())
                    throw new InvalidOperationException($"{field.Name} is not in the fingerprint at byte {place}");

                Machine copy = new(machine);
                if (!ChangeBytes(copy, field, bytes => Flip(bytes, place, bit)))
                    throw new InvalidOperationException($"{field.Name} is not copied");
                if (!machine.Equals(Build(contents)))
                    throw new InvalidOperationException($"{field.Name} is shared by a machine and its copy");
            }
        }, iter: 300, threads: 1, print: sample => $"{Print(sample.Item1)}, byte {sample.Item2}, bit {sample.Item3}");

    [Test]
    public void One_more_row_of_zeros_makes_another_machine() =>
        Contents.Sample(contents =>
        {
            for (int field = 0; field < Fields.Length; field++)
            {
                Machine machine = Build(contents);
                Machine longer = new(machine);
                if (!AddRows(longer, Fields[field], 1))
                    continue;

                if (longer.Equals(machine) || longer.Fingerprint() == machine.Fingerprint())
                    throw new InvalidOperationException($"a row more in {Fields[field].Name} is not noticed");
            }
        }, iter: 300, threads: 1, print: Print);

    private static Machine Build((int[] Rows, byte[] Fill) contents)
    {
        var machine = new Machine();
        int at = 0;
        for (int field = 0; field < Fields.Length; field++)
        {
            AddRows(machine, Fields[field], contents.Rows[field]);
            ChangeBytes(machine, Fields[field], bytes =>
            {
                foreach (ref byte value in bytes)
                    value = contents.Fill[at++ % contents.Fill.Length];
                return true;
            });
        }

        return machine;
    }

    private static bool Flip(Span<byte> bytes, int place, int bit)
    {
        if (bytes.IsEmpty)
            return false;
        bytes[place % bytes.Length] ^= (byte)(1 << bit);
        return true;
    }

    private delegate bool Change(Span<byte> bytes);

    private static bool AddRows(Machine machine, FieldInfo field, int rows) =>
        IsTable(field) && (bool)Call(nameof(AddTableRows), field.FieldType.GenericTypeArguments[0], machine, field, rows);

    private static bool ChangeBytes(Machine machine, FieldInfo field, Change change) =>
        (bool)(IsTable(field)
            ? Call(nameof(ChangeTable), field.FieldType.GenericTypeArguments[0], machine, field, change)
            : Call(nameof(ChangeSingle), field.FieldType, machine, field, change));

    private static bool IsTable(FieldInfo field) =>
        field.FieldType.IsGenericType && field.FieldType.GetGenericTypeDefinition() == typeof(Table<>);

    private static object Call(string method, Type type, params object[] arguments) =>
        typeof(MachineValue).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(type).Invoke(null, arguments)!;

    private static bool AddTableRows<T>(Machine machine, FieldInfo field, int rows)
        where T : unmanaged
    {
        var table = (Table<T>)field.GetValue(machine)!;
        table.AddZeroed(rows);
        field.SetValue(machine, table);
        return true;
    }

    private static bool ChangeTable<T>(Machine machine, FieldInfo field, Change change)
        where T : unmanaged => change(MemoryMarshal.AsBytes(((Table<T>)field.GetValue(machine)!).Rows));

    private static bool ChangeSingle<T>(Machine machine, FieldInfo field, Change change)
        where T : unmanaged
    {
        var value = (T)field.GetValue(machine)!;
        bool changed = change(MemoryMarshal.AsBytes(new Span<T>(ref value)));
        field.SetValue(machine, value);
        return changed;
    }

    private static string Print((int[] Rows, byte[] Fill) contents) =>
        $"rows [{string.Join(' ', contents.Rows)}] filled with {Convert.ToHexString(contents.Fill)}";
}
