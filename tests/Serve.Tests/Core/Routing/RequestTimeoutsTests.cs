using Serve.Routing;
using Serve.Specs;

namespace Serve.Tests.Core.Routing;

public sealed class RequestTimeoutsTests
{
    [Theory]
    [InlineData(null, null, 300)]
    [InlineData(null, 7, 7)]
    [InlineData(null, 0, null)]
    [InlineData("2", 7, 2)]
    [InlineData("20", 7, 20)]
    [InlineData("0", 7, null)]
    [InlineData("-1", 7, null)]
    [InlineData("soon", 7, 7)]
    [InlineData("NaN", null, 300)]
    [InlineData("1e99", null, 4_294_967)]
    public void Of_HttpRequest_HeaderThenApplicationThenOptions(string? header, int? application, int? expected) =>
        Seconds(isGrpc: false, header, grpcTimeout: null, application).ShouldBe(expected);

    [Theory]
    [InlineData(null, null, null, 60)]
    [InlineData(null, null, 7, 7)]
    [InlineData("100m", null, 7, 0.1)]
    [InlineData("100m", "5", 7, 0.1)]
    [InlineData("10S", "5", 7, 5)]
    [InlineData(null, "5", 7, 5)]
    [InlineData("10S", "0", 7, 10)]
    [InlineData("never", null, 7, 7)]
    public void Of_GrpcCall_ItsDeadlineThenApplicationThenOptions(string? deadline, string? header, int? application, double expected) =>
        Seconds(isGrpc: true, header, deadline, application).ShouldBe(expected);

    [Theory]
    [InlineData("1H", 3600)]
    [InlineData("2M", 120)]
    [InlineData("3S", 3)]
    [InlineData("4m", 0.004)]
    [InlineData("5000u", 0.005)]
    [InlineData("6000000n", 0.006)]
    [InlineData("99999999H", 4_294_967)]
    [InlineData("100000000S", -1)]
    [InlineData("5", -1)]
    [InlineData("-5S", -1)]
    [InlineData("5 S", -1)]
    [InlineData("5s", -1)]
    [InlineData("", -1)]
    public void ReadGrpc_Deadline_IsReadStrictly(string text, double expected) => (RequestTimeouts.ReadGrpc(text)?.TotalSeconds ?? -1).ShouldBe(expected);

    private static double? Seconds(bool isGrpc, string? header, string? grpcTimeout, int? application) =>
        new RequestTimeouts(new HttpOptions(), new GrpcOptions { RequestTimeout = TimeSpan.FromSeconds(60) })
            .Of(isGrpc, header, grpcTimeout, new ApplicationRoutes("shop", "/", "Api", [], RequestTimeout: application is { } seconds ? TimeSpan.FromSeconds(seconds) : null))?.TotalSeconds;
}
