namespace Serve.Onnx.Engine;

/// <summary>Compares what a run is given with what the model takes, in words that say what to change.</summary>
/// <param name="model">The name of the model's file: the caller, who may be far away, is not told its path.</param>
/// <param name="expected">What the model takes.</param>
internal sealed class InputCheck(string model, OnnxTensorInfo[] expected)
{
    /// <summary>Refuses inputs that are not the model's.</summary>
    /// <exception cref="OnnxInputException">Something is missing, unknown, given twice, or has another type or shape.</exception>
    public void Check(ReadOnlySpan<OnnxValue> inputs)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            var input = inputs[i];
            var info = Array.Find(expected, info => info.Name == input.Name)
                ?? throw Wrong($"has no input '{input.Name}'; its inputs are {DescribeAll()}.");
            if (info.Element != input.Element || !TensorShape.Fits(input.Shape, info.Shape))
                throw Wrong($"takes '{info.Name}' as {info}{Free(info)}, but was given {input.Element.Name} {TensorShape.Describe(input.Shape)}.");
            if (IndexOf(inputs, input.Name) != i)
                throw Wrong($"was given input '{input.Name}' twice.");
        }

        foreach (var info in expected)
        {
            if (IndexOf(inputs, info.Name) < 0)
                throw Wrong($"needs input '{info.Name}' ({info}), which was not given.");
        }
    }

    public static string Describe(OnnxTensorInfo[] infos) => infos.Length == 0 ? "none" : string.Join(", ", infos.Select(info => $"'{info.Name}' ({info})"));

    public string DescribeAll() => Describe(expected);

    public OnnxInputException Wrong(string what) => new($"The model '{model}' {what}");

    private static int IndexOf(ReadOnlySpan<OnnxValue> inputs, string name)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Name == name)
                return i;
        }

        return -1;
    }

    private static string Free(OnnxTensorInfo info) => info.Shape.Contains(-1) ? " (-1 takes any size)" : "";
}
