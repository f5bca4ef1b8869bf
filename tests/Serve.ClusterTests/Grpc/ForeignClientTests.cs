namespace Serve.ClusterTests.Grpc;

/// <summary>Foreign gRPC clients through the proxy, to a service made by Grpc.Tools: Node's, which is written in JavaScript, and Python's, which is gRPC's C core.</summary>
public sealed class ForeignClientTests(ForeignClientFixture server) : IClassFixture<ForeignClientFixture>
{
    public static TheoryData<string, string> Scenarios() => new()
    {
        { "unary", "hello" },
        { "large", "3000000" },
        { "clientStream", "500500" },
        { "serverStream", "0 1 2 3 4" },
        { "chat", "re: one re: two" },
        { "metadata", "green 00ff green 00ff" },
        { "requestId", "mine" },
        { "deadline", "DEADLINE_EXCEEDED" },
        { "cancel", "CANCELLED" },
        { "gzip", "1000" },
        { "limit", "RESOURCE_EXHAUSTED" },
        { "details", "FAILED_PRECONDITION größer als 100 % true" },
        { "exception", "INTERNAL false" },
        { "serveException", "UNAVAILABLE not now" },
        { "missing", "UNIMPLEMENTED" },
        { "health", "SERVING NOT_FOUND SERVICE_UNKNOWN" },
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    [InlineData("reflection", "true 7")]
    public async Task Node_Calls_SeesWhatIsExpected(string scenario, string expected) => (await server.SeenBy("node"))[scenario].ShouldBe(expected);

    [PythonGrpcTheory]
    [MemberData(nameof(Scenarios))]
    public async Task Python_Calls_SeesWhatIsExpected(string scenario, string expected) => (await server.SeenBy("python"))[scenario].ShouldBe(expected);

    [Theory]
    [InlineData("deadline-node")]
    [InlineData("cancel-node")]
    public async Task Service_WhoseNodeCallerHasGone_IsCancelled(string key)
    {
        await server.SeenBy("node");
        await server.Journal.SeenAsync(key, "parts-cancelled");
    }

    [PythonGrpcTheory]
    [InlineData("deadline-python")]
    [InlineData("cancel-python")]
    public async Task Service_WhosePythonCallerHasGone_IsCancelled(string key)
    {
        await server.SeenBy("python");
        await server.Journal.SeenAsync(key, "parts-cancelled");
    }
}
