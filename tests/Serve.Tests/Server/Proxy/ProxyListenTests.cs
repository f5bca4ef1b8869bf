using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Routing;
using Serve.Server.Proxy;
using Serve.Specs;
using Serve.Testing;
using Serve.Wire;

namespace Serve.Tests.Server.Proxy;

/// <summary>How the proxy listens: TLS, the root path and the time of gRPC calls, over real sockets.</summary>
public sealed class ProxyListenTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly RouteTableFeed _routes = new(static route => new RemoteReplica(route), TimeProvider.System);
    private WebApplication _replica = null!;

    /// <summary>A replica that answers with what it was sent.</summary>
    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(_folder.File("r.sock") + Serve.Wire.RemoteReplica.Http2Suffix, static listen => listen.Protocols = HttpProtocols.Http2));
        _replica = builder.Build();
        _replica.Run(static async context =>
        {
            if (context.Request.Path == "/pkg.Service/Hang")
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            await context.Response.WriteAsync($"{context.Request.Path} under {context.Request.Headers[HopHeaders.RoutePrefix]} by {context.Request.Headers[HopHeaders.ClientScheme]}");
        });
        await _replica.StartAsync();
        _routes.Update(new ApplicationRoutes("shop", "/shop", "Api", [new DeploymentRoutes("Api", 10, 10, [new ReplicaRoute("shop#Api#1-1", _folder.File("r.sock"))])]));
        _routes.Update(new ApplicationRoutes("rest", "/", "Api", [new DeploymentRoutes("Api", 10, 10, [new ReplicaRoute("rest#Api#1-1", _folder.File("r.sock"))])]));
    }

    public async Task DisposeAsync()
    {
        await _replica.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("open sesame")]
    public async Task Request_OverTls_IsServedByBothVersionsOfHttp(string? password)
    {
        var certificate = WriteCertificate(password);
        await using var proxy = await StartAsync(new HttpOptions { Port = 0, SslCertFile = _folder.File("cert.pem"), SslKeyFile = _folder.File("key.pem"), SslKeyFilePassword = password });
        proxy.HttpAddress.Scheme.ShouldBe("https");
        using var http = TrustingClient(proxy, certificate);
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            var response = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/shop/x") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact });
            (await response.Content.ReadAsStringAsync()).ShouldBe("/shop/x under /shop by https");
        }
    }

    [Fact]
    public async Task Request_WithoutTlsToATlsPort_Fails()
    {
        WriteCertificate(password: null);
        await using var proxy = await StartAsync(new HttpOptions { Port = 0, SslCertFile = _folder.File("cert.pem"), SslKeyFile = _folder.File("key.pem") });
        using var http = new HttpClient();
        await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync($"http://{proxy.HttpAddress.Authority}/shop"));
    }

    [Fact]
    public async Task Start_CertificateThatIsNotThere_NamesTheFile()
    {
        var options = new HttpOptions { Port = 0, SslCertFile = _folder.File("no.pem"), SslKeyFile = _folder.File("key.pem") };
        (await Should.ThrowAsync<InvalidOperationException>(() => StartAsync(options))).Message.ShouldContain(_folder.File("no.pem"));
    }

    [Fact]
    public async Task Start_EncryptedKeyWithoutPassword_SaysWhatIsNeeded()
    {
        WriteCertificate("open sesame");
        var options = new HttpOptions { Port = 0, SslCertFile = _folder.File("cert.pem"), SslKeyFile = _folder.File("key.pem") };
        (await Should.ThrowAsync<InvalidOperationException>(() => StartAsync(options))).Message.ShouldContain("ssl_keyfile_password");
    }

    [Theory]
    [InlineData("/base/shop/x", "/base/shop/x under /base/shop by ")]
    [InlineData("/base/shop", "/base/shop under /base/shop by ")]
    [InlineData("/base/other", "/base/other under /base by ")]
    [InlineData("/base", "/base under /base by ")]
    [InlineData("/base/-/healthz", "success")]
    [InlineData("/-/healthz", "success")]
    public async Task Request_UnderTheRootPath_ReachesItsApplication(string path, string answer)
    {
        await using var proxy = await StartAsync(new HttpOptions { Port = 0, RootPath = "/base" });
        using var http = new HttpClient { BaseAddress = proxy.HttpAddress };
        (await http.GetStringAsync(path)).ShouldBe(answer);
    }

    [Theory]
    [InlineData("/shop/x")]
    [InlineData("/basement/shop")]
    [InlineData("/")]
    public async Task Request_BesideTheRootPath_HasNoRoute(string path)
    {
        await using var proxy = await StartAsync(new HttpOptions { Port = 0, RootPath = "/base" });
        using var http = new HttpClient { BaseAddress = proxy.HttpAddress };
        (await http.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task GrpcCall_ItsOwnTimeout_EndsIt()
    {
        await using var proxy = await StartAsync(new HttpOptions { Port = 0, RequestTimeout = null }, new GrpcOptions { Port = 0, RequestTimeout = TimeSpan.FromMilliseconds(50) });
        using var http = new HttpClient { BaseAddress = proxy.GrpcAddress };
        using var call = new HttpRequestMessage(HttpMethod.Post, "/pkg.Service/Hang")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]),
            Headers = { { ProxyRouter.ApplicationMetadata, "shop" } },
        };
        call.Content.Headers.ContentType = new("application/grpc");
        var response = await http.SendAsync(call);
        response.TrailingHeaders.Concat(response.Headers).Single(header => header.Key == "grpc-status").Value.ShouldBe(["4"]);
    }

    private Task<ProxyServer> StartAsync(HttpOptions http, GrpcOptions? grpc = null) =>
        ProxyServer.StartAsync(http, grpc ?? new GrpcOptions { Port = 0 }, _routes, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    private X509Certificate2 WriteCertificate(string? password)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=serve-test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText(_folder.File("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.File("key.pem"), password is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 1000)));
        return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem());
    }

    private static HttpClient TrustingClient(ProxyServer proxy, X509Certificate2 trusted)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.EnabledSslProtocols = SslProtocols.None;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == trusted.GetCertHashString();
        return new HttpClient(handler) { BaseAddress = proxy.HttpAddress };
    }
}
