using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace SnnMl.Build
{
    /// <summary>Makes TorchSharp hold the tensors and scalars that native code works on until that code returns.</summary>
    /// <remarks>
    /// <para>
    /// TorchSharp 0.107.0 hands native functions the bare pointers of its objects and does not look at the objects again: in
    /// <c>THSTensor_add(Handle, target.Handle, alpha.Handle)</c> nothing refers to <c>alpha</c> any more once the pointers are read. A garbage
    /// collection during the call may then free it under the native code. Every number in an expression such as <c>tensor * 0.5</c>, and
    /// the 1 within <c>a + b</c>, is such an object; so is a tensor outside every dispose scope that is used for the last time.
    /// What follows is rare and random: an exception (<c>Unknown scalar type</c>), wrong numbers, a gradient that is absent, the end of
    /// the process.
    /// </para>
    /// <para>
    /// After each native call within a method, <see cref="GC.KeepAlive"/> is called with the method's object, arguments, and variables.
    /// It does nothing but be there: results and speed stay as they are.
    /// </para>
    /// </remarks>
    public static class ManagedLibraryMend
    {
        /// <summary>The mended form of <paramref name="library"/>, a whole file. The same bytes each time.</summary>
        /// <returns>Null if nothing has to be changed.</returns>
        /// <exception cref="InvalidOperationException">It is not a .NET library.</exception>
        public static byte[]? Apply(byte[] library)
        {
            if (library is null)
                throw new ArgumentNullException(nameof(library));
            try
            {
                using (ModuleDefinition module = ModuleDefinition.ReadModule(new MemoryStream(library)))
                {
                    // All of them: Any would stop at the first.
                    if (module.GetTypes().SelectMany(type => type.Methods).Count(Mend) == 0)
                        return null;
                    using (var mended = new MemoryStream())
                    {
                        module.Write(mended, new WriterParameters { DeterministicMvid = true });
                        return mended.ToArray();
                    }
                }
            }
            catch (BadImageFormatException e)
            {
                throw new InvalidOperationException("it is not a .NET library", e);
            }
        }

        /// <returns>True if the method was changed.</returns>
        private static bool Mend(MethodDefinition method)
        {
            if (!method.HasBody)
                return false;
            Instruction[] calls = method.Body.Instructions.Where(IsNativeCall).ToArray();
            if (calls.Length == 0)
                return false;
            // Branches of one byte may have to reach further than before.
            method.Body.SimplifyMacros();
            Instruction[][] held = Held(method).ToArray();
            Instruction[] open = calls.Where(call => !IsHeld(call, held)).ToArray();
            foreach (Instruction call in open)
                Hold(method, call, held);
            method.Body.OptimizeMacros();
            return open.Length > 0;
        }

        private static bool IsNativeCall(Instruction instruction) =>
            instruction.OpCode.Code == Code.Call && instruction.Operand is MethodDefinition method && method.IsPInvokeImpl;

        /// <summary>For each object that the method refers to: loads it, and holds it.</summary>
        private static IEnumerable<Instruction[]> Held(MethodDefinition method)
        {
            MethodReference keepAlive = KeepAlive(method.Module);
            IEnumerable<Instruction> loads = method.Body.Variables.Where(variable => IsObject(variable.VariableType))
                .Select(variable => Instruction.Create(OpCodes.Ldloc, variable));
            loads = method.Parameters.Where(parameter => IsObject(parameter.ParameterType))
                .Select(parameter => Instruction.Create(OpCodes.Ldarg, parameter)).Concat(loads);
            if (method.HasThis && !method.DeclaringType.IsValueType)
                loads = new[] { Instruction.Create(OpCodes.Ldarg, method.Body.ThisParameter) }.Concat(loads);
            return loads.Select(load => new[] { load, Instruction.Create(OpCodes.Call, keepAlive) });
        }

        private static bool IsObject(TypeReference type) =>
            !type.IsValueType && !type.IsByReference && !type.IsPointer && !type.IsPinned && !type.IsGenericParameter
            && type.MetadataType != MetadataType.String;

        private static bool IsHeld(Instruction call, Instruction[][] held)
        {
            Instruction at = call.Next;
            foreach (Instruction expected in held.SelectMany(pair => pair))
            {
                bool equal = at is not null && at.OpCode == expected.OpCode
                    && (at.Operand == expected.Operand || at.Operand?.ToString() == expected.Operand?.ToString());
                if (!equal)
                    return false;
                at = at!.Next;
            }
            return true;
        }

        private static void Hold(MethodDefinition method, Instruction call, Instruction[][] held)
        {
            ILProcessor body = method.Body.GetILProcessor();
            Instruction at = call;
            foreach (Instruction one in held.SelectMany(pair => pair))
            {
                // A copy: an instruction has one place.
                Instruction copy = one.Operand is ParameterDefinition parameter ? Instruction.Create(one.OpCode, parameter)
                    : one.Operand is VariableDefinition variable ? Instruction.Create(one.OpCode, variable)
                    : Instruction.Create(one.OpCode, (MethodReference)one.Operand);
                body.InsertAfter(at, copy);
                at = copy;
            }
        }

        private static MethodReference KeepAlive(ModuleDefinition module)
        {
            var collector = new TypeReference("System", nameof(GC), module, module.TypeSystem.CoreLibrary);
            var method = new MethodReference(nameof(GC.KeepAlive), module.TypeSystem.Void, collector);
            method.Parameters.Add(new ParameterDefinition(module.TypeSystem.Object));
            return method;
        }
    }
}
