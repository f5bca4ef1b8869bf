using Microsoft.ML.OnnxRuntime;
using Serve.Testing;
using Xunit.Abstractions;

namespace Serve.Onnx.Tests.NodeModels;

/// <summary>Runs ONNX's own models of single operators with their inputs and compares with the outputs that come with them.</summary>
public sealed class NodeModelTests(ITestOutputHelper output)
{
    private const double Relative = 1e-3;
    private const double Absolute = 1e-5;
    private const double RelativeOfHalf = 1e-2;

    /// <summary>What comes out of these depends on chance or on the machine.</summary>
    private static readonly (string Name, string Reason)[] Unsteady =
    [
        ("test_bernoulli", "gives random numbers"),
        ("test_training_dropout", "gives random numbers"),
        ("test_strnormalizer_export_monday", "needs the locale en_US.UTF-8 on the machine"),
    ];

    [NodeModelsFact]
    public void Run_EachNodeModel_GivesItsOutputs()
    {
        var lines = new List<string>();
        var models = Directory.GetDirectories(NodeModelsFactAttribute.Folder).Order(StringComparer.Ordinal).ToArray();
        foreach (var folder in models)
        {
            if (WhyNot(folder) is { } reason)
                lines.Add($"{Path.GetFileName(folder)}: {reason}");
        }

        output.WriteLine($"{models.Length - lines.Count} of {models.Length} node models pass.");
        Baseline.WhatDiffers(
            "tests/Serve.Onnx.Tests/NodeModels/not-run.txt",
            $"Of ONNX's {models.Length} models of single operators {models.Length - lines.Count} pass; these don't, and why. Written by a test.\n\n{string.Join('\n', lines)}\n").ShouldBeNull();
    }

    private static string? WhyNot(string folder)
    {
        var tensors = new List<TensorBuffer>();
        if (Array.Find(Unsteady, unsteady => Path.GetFileName(folder).StartsWith(unsteady.Name, StringComparison.Ordinal)) is { Reason: { } reason })
            return reason;
        try
        {
            using var model = new OnnxModel(Path.Combine(folder, "model.onnx"));
            var data = Path.Combine(folder, "test_data_set_0");
            var expected = Directory.GetFiles(data, "output_*.pb");
            if (expected.Length != model.Outputs.Count)
                return $"gives {expected.Length - model.Outputs.Count} output(s) that are no tensors";
            foreach (var index in Enumerable.Range(0, model.Inputs.Count))
                tensors.Add(TensorFile.Read(Path.Combine(data, $"input_{index}.pb"), model.Inputs[index].DataType));
            using var outputs = model.RunInPlace([.. model.Inputs.Select((input, index) => OnnxValue.Create(input.Name, tensors[index]))]);
            for (var i = 0; i < outputs.Count; i++)
            {
                using var wanted = TensorFile.Read(Path.Combine(data, $"output_{i}.pb"), model.Outputs[i].DataType);
                if (Difference(wanted, outputs[i].Value) is { } difference)
                    return $"'{outputs[i].Key}' {difference}";
            }

            return null;
        }
        catch (OnnxModelException exception)
        {
            return FirstLine((exception.InnerException as OnnxRuntimeException ?? (Exception)exception).Message.Replace(folder, "…", StringComparison.Ordinal));
        }
        catch (OnnxInputException exception)
        {
            return FirstLine(exception.Message);
        }
        finally
        {
            foreach (var tensor in tensors)
                tensor.Dispose();
        }
    }

    private static string FirstLine(string message)
    {
        var line = message.Split('\n')[0];
        return line.Length > 200 ? line[..200] + "…" : line;
    }

    private static string? Difference(TensorBuffer wanted, TensorBuffer actual)
    {
        if (wanted.ToString() != actual.ToString())
            return $"is {actual}, not {wanted}";
        if (wanted.DataType == TensorDataType.Bytes)
            return wanted.ReadTexts().SequenceEqual(actual.ReadTexts()) ? null : "has other texts";
        for (var i = 0; i < wanted.ElementCount; i++)
        {
            var (left, right) = (NumberOf(wanted, i), NumberOf(actual, i));
            var relative = wanted.DataType is TensorDataType.Float16 or TensorDataType.BFloat16 ? RelativeOfHalf : Relative;
            var isSame = left.Equals(right) || (double.IsNaN(left) && double.IsNaN(right)) || Math.Abs(left - right) <= Absolute + (relative * Math.Abs(left));
            if (!isSame)
                return "has other numbers";
        }

        return null;
    }

    private static double NumberOf(TensorBuffer tensor, int index) => tensor.DataType switch
    {
        TensorDataType.Float32 => tensor.AsSpan<float>()[index],
        TensorDataType.Float64 => tensor.AsSpan<double>()[index],
        TensorDataType.Float16 => (double)tensor.AsSpan<Half>()[index],
        TensorDataType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)tensor.AsSpan<ushort>()[index] << 16),
        TensorDataType.Int64 => tensor.AsSpan<long>()[index],
        TensorDataType.UInt64 => tensor.AsSpan<ulong>()[index],
        TensorDataType.Int32 => tensor.AsSpan<int>()[index],
        TensorDataType.UInt32 => tensor.AsSpan<uint>()[index],
        TensorDataType.Int16 => tensor.AsSpan<short>()[index],
        TensorDataType.UInt16 => tensor.AsSpan<ushort>()[index],
        TensorDataType.Int8 => tensor.AsSpan<sbyte>()[index],
        _ => tensor.Bytes[index],
    };
}
