using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using MigrationConformance.Conventions;

namespace MigrationConformance.Snapshots;

/// <summary>What a user of the library can call, room by room: a type a line, its members below it.</summary>
[TestFixture]
public sealed class PublicApi
{
    private static readonly Regex Declaration =
        new(@"\b(?:class|struct|interface|enum|record)\s+(?!class\b|struct\b)(?<type>[A-Z]\w*)");

    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Rooms =>
        SourceTree.Files("Engine/Core", "*.cs").Select(RoomOf).Where(room => room.Length > 0).Distinct().Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Rooms))]
    public Task Room(string room)
    {
        HashSet<string> types =
        [
            .. SourceTree.Files($"Engine/Core/{room}", "*.cs").Select(file => file.CodeOnly())
                .SelectMany(file => Declaration.Matches(file.Text)).Select(match => match.Groups["type"].Value),
        ];
        var text = new StringBuilder();
        foreach (Type type in typeof(Machine).Assembly.GetExportedTypes().Where(t => types.Contains(Plain(t.Name))).OrderBy(Name, StringComparer.Ordinal))
        {
            text.Append($"{Kind(type)} {Name(type)}\n");
            IEnumerable<string> members = type.IsEnum ? Members(type) : Members(type).Order(StringComparer.Ordinal);
            text.Append(string.Concat(members.Select(member => $"  {member}\n")));
        }

        return Verify(text.Length == 0 ? "nothing public\n" : text.ToString());
    }

    private static string RoomOf(SourceFile file) =>
        file.Path.Split('/') is { Length: > 3 } parts && parts[2] is not ("bin" or "obj") ? parts[2] : "";

    private static string Kind(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class" : "class";

    // What a record makes of itself says nothing that the record's own members do not say.
    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => FormattableString.Invariant($"{name} = {Enum.Format(type, Enum.Parse(type, name), "D")}"));
        }

        bool isRecord = type.GetMethod("<Clone>$") is not null || type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;
        return type.GetMembers(Declared).Where(member => !(isRecord && IsMadeByRecord(member))).Select(Text).OfType<string>();
    }

    private static bool IsMadeByRecord(MemberInfo member) =>
        member.Name is "Equals" or "GetHashCode" or "ToString" or "Deconstruct" or "op_Equality" or "op_Inequality" or "<Clone>$";

    private static string? Text(MemberInfo member) => member switch
    {
        ConstructorInfo c => $"new({Parameters(c)})",
        MethodInfo { IsSpecialName: true } => null,
        MethodInfo m => $"{(m.IsStatic ? "static " : "")}{m.Name}{(m.IsGenericMethod ? $"<{string.Join(", ", m.GetGenericArguments().Select(Name))}>" : "")}({Parameters(m)}) : {Name(m.ReturnType)}",
        PropertyInfo p => $"{p.Name} {{ {(p.GetMethod?.IsPublic == true ? "get; " : "")}{Setter(p)}}} : {Name(p.PropertyType)}",
        FieldInfo f => $"{f.Name} : {Name(f.FieldType)}{(f.IsLiteral ? $" = {FormattableString.Invariant($"{f.GetRawConstantValue()}")}" : "")}",
        _ => null,
    };

    private static string Setter(PropertyInfo property) =>
        property.SetMethod is not { IsPublic: true } set ? ""
        : set.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? "init; " : "set; ";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p => $"{Reference(p)}{Name(p.ParameterType)} {p.Name}"));

    private static string Reference(ParameterInfo parameter) =>
        !parameter.ParameterType.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";

    private static string Plain(string name) => name.Split('`')[0];

    private static string Name(Type type) =>
        type.IsByRef ? Name(type.GetElementType()!)
        : type.IsArray ? $"{Name(type.GetElementType()!)}[]"
        : (type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}." : "") + Plain(type.Name)
            + (type.IsGenericType ? $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : "");
}
