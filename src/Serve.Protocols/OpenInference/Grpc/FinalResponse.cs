namespace Serve.OpenInference.Grpc;

/// <summary>
/// Clients of models that answer a request more than once ask for a mark on the last answer (<c>triton_enable_empty_final_response</c>). Here each request has one answer, which is the last one.
/// </summary>
internal static class FinalResponse
{
    private const string Wanted = "triton_enable_empty_final_response";
    private const string Marked = "triton_final_response";

    public static bool IsWanted(InferenceRequest request) => request.Parameters.Count > 0 && request.Parameters.TryGetValue(Wanted, out var value) && value is true;

    public static InferAnswer Mark(InferAnswer answer)
    {
        var response = answer.Response;
        var parameters = new Dictionary<string, object>(response.Parameters, StringComparer.Ordinal) { [Marked] = true };
        return new InferAnswer(new InferenceResponse { Model = response.Model, Version = response.Version, Parameters = parameters, Outputs = response.Outputs }, answer.Id, answer.Raw);
    }
}
