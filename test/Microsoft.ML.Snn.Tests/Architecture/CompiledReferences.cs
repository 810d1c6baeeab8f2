using System.Reflection;
using System.Reflection.Emit;

namespace Microsoft.ML.Snn.Tests.Architecture;

/// <summary>Which types of an assembly name which others, in its members and in the code of its methods.</summary>
internal static class CompiledReferences
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> _codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Each pair of a type and one that it refers to; types nested in others count as the outermost.</summary>
    public static HashSet<(Type From, Type To)> Of(Assembly assembly)
    {
        var pairs = new HashSet<(Type, Type)>();
        foreach (Type type in assembly.GetTypes())
        {
            foreach (Type used in Used(type).SelectMany(Parts))
            {
                if (Outermost(type) != Outermost(used))
                    pairs.Add((Outermost(type), Outermost(used)));
            }
        }
        return pairs;
    }

    private static IEnumerable<Type> Used(Type type)
    {
        IEnumerable<Type?> declared =
        [
            type.BaseType, .. type.GetInterfaces(), .. type.GetFields(All).Select(field => field.FieldType),
            .. type.GetProperties(All).Select(property => property.PropertyType), .. type.GetGenericArguments(),
        ];
        MethodBase[] methods = [.. type.GetMethods(All), .. type.GetConstructors(All)];
        return declared.OfType<Type>().Concat(methods.SelectMany(method => Used(method)));
    }

    private static IEnumerable<Type> Used(MethodBase method)
    {
        foreach (ParameterInfo parameter in method.GetParameters())
            yield return parameter.ParameterType;
        if (method is MethodInfo { ReturnType: var result })
            yield return result;
        if (method.GetMethodBody() is not { } body)
            yield break;
        foreach (LocalVariableInfo local in body.LocalVariables)
            yield return local.LocalType;
        byte[] code = body.GetILAsByteArray()!;
        for (int i = 0; i < code.Length;)
        {
            OpCode operation = _codes[code[i] == 0xfe ? (short)(0xfe00 | code[i + 1]) : code[i]];
            i += operation.Size;
            if (operation.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                foreach (Type type in Used(method, BitConverter.ToInt32(code, i)))
                    yield return type;
            }
            i += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, i),
                _ => 4,
            };
        }
    }

    private static IEnumerable<Type> Used(MethodBase method, int token)
    {
        Type[]? typeArguments = method.DeclaringType is { IsGenericType: true } generic ? generic.GetGenericArguments() : null;
        Type[]? methodArguments = method is MethodInfo { IsGenericMethod: true } ? method.GetGenericArguments() : null;
        MemberInfo member = method.Module.ResolveMember(token, typeArguments, methodArguments)!;
        if (member is MethodInfo { IsGenericMethod: true } called)
        {
            foreach (Type argument in called.GetGenericArguments())
                yield return argument;
        }
        if ((member as Type ?? member.DeclaringType) is { } type)
            yield return type;
    }

    /// <summary>What a type is made of: the type itself, of an array its elements, of a generic type its arguments too.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.IsGenericParameter)
            return [];
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        return type.IsGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }
}
