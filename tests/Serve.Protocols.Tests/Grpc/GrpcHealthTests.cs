using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serve.Grpc;
using Serve.Grpc.Health.V1;
using Serving = Serve.Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Serve.Protocols.Tests.Grpc;

/// <summary><c>grpc.health.v1.Health</c>.</summary>
public sealed class GrpcHealthTests : IAsyncLifetime
{
    private readonly GrpcHealth _health = new();
    private GrpcHost _host = null!;

    public async Task InitializeAsync() => _host = await GrpcHost.StartAsync(
        static app =>
        {
            app.MapGrpcService<ProbeService>();
            app.MapGrpcHealthService();
            // A program and a library in it may both want it.
            app.MapGrpcHealthService();
        },
        services => services.AddSingleton(_health).AddSingleton<ProbeService>());

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Theory]
    [InlineData("")]
    [InlineData("test.grpc.Probe")]
    public async Task Check_NothingWasSaid_IsServing(string service) => (await CheckAsync(service)).ShouldBe(Serving.Serving);

    [Fact]
    public async Task Check_OfAnUnknownService_IsNotFound()
    {
        var reply = await _host.CallAsync("/grpc.health.v1.Health/Check", new HealthCheckRequest { Service = "no.Such" });
        reply.Status.ShouldBe(StatusCode.NotFound);
        reply.Detail.ShouldContain("no.Such");
    }

    [Fact]
    public async Task Check_WhatWasSaid_IsTold()
    {
        _health.Set("test.grpc.Probe", isServing: false);
        _health.Set("of.another", isServing: true);
        (await CheckAsync("test.grpc.Probe"), await CheckAsync("of.another"), await CheckAsync("")).ShouldBe((Serving.NotServing, Serving.Serving, Serving.Serving));
        _health.Remove("test.grpc.Probe");
        _health.Set(GrpcHealth.Whole, isServing: false);
        (await CheckAsync("test.grpc.Probe"), await CheckAsync("of.another"), await CheckAsync("")).ShouldBe((Serving.NotServing, Serving.Serving, Serving.NotServing));
    }

    [Fact]
    public async Task Watch_OfAServiceThatBecomesKnown_TellsEachChange()
    {
        await using var watch = await RawStream.OpenAsync(_host, "/grpc.health.v1.Health/Watch");
        await watch.WriteAsync(new HealthCheckRequest { Service = "later" });
        watch.Complete();
        (await watch.ReadAsync(HealthCheckResponse.Parser))!.Status.ShouldBe(Serving.ServiceUnknown);
        _health.Set("later", isServing: true);
        (await watch.ReadAsync(HealthCheckResponse.Parser))!.Status.ShouldBe(Serving.Serving);
        _health.Set("later", isServing: false);
        (await watch.ReadAsync(HealthCheckResponse.Parser))!.Status.ShouldBe(Serving.NotServing);
        _health.Remove("later");
        (await watch.ReadAsync(HealthCheckResponse.Parser))!.Status.ShouldBe(Serving.ServiceUnknown);
    }

    private async Task<Serving> CheckAsync(string service) =>
        (await _host.CallAsync("/grpc.health.v1.Health/Check", new HealthCheckRequest { Service = service })).Single(HealthCheckResponse.Parser).Status;
}
