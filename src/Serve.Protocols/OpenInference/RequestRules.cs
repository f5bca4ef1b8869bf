namespace Serve.OpenInference;

/// <summary>
/// What holds for a request as a whole, in every encoding. Parameters that nobody knows go to the model; those that would change what is asked for, and are not served, are refused by name.
/// </summary>
internal static class RequestRules
{
    /// <exception cref="ServeException">The request is wrong, or asks for what there is not.</exception>
    public static void Check(InferenceRequest request)
    {
        if (request.Inputs.Count > TensorRules.MaxTensors || request.Outputs.Count > TensorRules.MaxTensors)
            throw TensorRules.Wrong($"The request has {request.Inputs.Count} inputs and {request.Outputs.Count} outputs; {TensorRules.MaxTensors} are the most.");
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            var input = request.Inputs[i];
            for (var other = 0; other < i; other++)
            {
                if (request.Inputs[other].Name == input.Name)
                    throw TensorRules.Wrong($"inputs[{i}].name is '{input.Name}', as is that of inputs[{other}].");
            }

            CheckMemory("inputs", i, input.Parameters);
        }

        for (var i = 0; i < request.Outputs.Count; i++)
        {
            var output = request.Outputs[i];
            for (var other = 0; other < i; other++)
            {
                if (request.Outputs[other].Name == output.Name)
                    throw TensorRules.Wrong($"outputs[{i}].name is '{output.Name}', as is that of outputs[{other}].");
            }

            CheckMemory("outputs", i, output.Parameters);
            Classification.Check(i, output);
        }

        CheckSequence(request.Parameters);
    }

    /// <summary>Refuses tensors that lie in shared memory. Such an input has nothing else, so this is asked before anything is missed.</summary>
    public static void CheckMemory(string field, int index, IReadOnlyDictionary<string, object> parameters)
    {
        if (parameters.Count == 0)
            return;
        foreach (var name in parameters.Keys)
        {
            if (name.StartsWith("shared_memory_", StringComparison.Ordinal))
                throw TensorRules.Wrong($"{field}[{index}].parameters.{name} asks for shared memory, which this server has not; send the data with the request.");
        }
    }

    /// <summary>A sequence id of 0 or "" means that there is none, and clients send it always.</summary>
    private static void CheckSequence(IReadOnlyDictionary<string, object> parameters)
    {
        if (parameters.Count == 0)
            return;
        foreach (var (name, value) in parameters)
        {
            var isSaid = (name, value) switch
            {
                ("sequence_id", 0L or 0UL or 0d or "") or ("sequence_start" or "sequence_end", false) => false,
                ("sequence_id" or "sequence_start" or "sequence_end", _) => true,
                _ => false,
            };
            if (isSaid)
                throw TensorRules.Wrong($"parameters.{name} is {value}, but this server has no sequences: each request stands for itself.");
        }
    }
}
