using Serve.Errors;

namespace Serve.Tests.Core.Errors;

public sealed class ErrorMapTests
{
    public static TheoryData<ServeError> All => [.. Enum.GetValues<ServeError>()];

    [Theory]
    [MemberData(nameof(All))]
    public void StatusOf_EachError_IsAFailureInBothProtocols(ServeError error)
    {
        var status = ErrorMap.StatusOf(error);
        status.Http.ShouldBeInRange(400, 599);
        status.Grpc.ShouldNotBe(GrpcStatus.Ok);
        Enum.IsDefined(status.Grpc).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(All))]
    public void StatusOf_ErrorsThatPass_TellWhenToTryAgain(ServeError error) =>
        ErrorMap.StatusOf(error).RetryAfterSeconds.HasValue.ShouldBe(ErrorMap.StatusOf(error).Http is 503 or 429);

    [Theory]
    [InlineData(ServeError.NoRoute, 404)]
    [InlineData(ServeError.Timeout, 408)]
    [InlineData(ServeError.TooLarge, 413)]
    [InlineData(ServeError.BackPressure, 503)]
    [InlineData(ServeError.Unavailable, 503)]
    [InlineData(ServeError.UserCode, 500)]
    public void StatusOf_Error_IsTheDocumentedStatus(ServeError error, int http) => ErrorMap.StatusOf(error).Http.ShouldBe(http);
}
