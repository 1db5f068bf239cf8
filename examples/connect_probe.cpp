// connect_probe.cpp - which of these ports answer, and what do they say?
//
//     connect_probe <port> [<port> ...]
//
// Starts a nonblocking connect to every port of this machine at once and lets select tell the outcomes: a
// connection makes its socket writable, a refusal shows in exceptfds and SO_ERROR tells why. Each connection is
// then read to its end in a thread of its own.

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#pragma comment(lib, "Ws2_32.lib")

class WinsockError : public std::runtime_error {
public:
    explicit WinsockError(const std::string &operation, int code = WSAGetLastError())
        : std::runtime_error(operation + " failed with error " + std::to_string(code) + ": " + Text(code))
    {
    }

private:
    static std::string Text(int code)
    {
        char text[256] = "";
        DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr,
                                      static_cast<DWORD>(code), 0, text, sizeof(text), nullptr);
        while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r')) {
            --length;
        }
        return std::string(text, length);
    }
};

class Winsock {
public:
    Winsock()
    {
        WSADATA data;
        int result = WSAStartup(MAKEWORD(2, 2), &data);
        if (result != 0) {
            throw WinsockError("WSAStartup", result);
        }
    }
    ~Winsock() { WSACleanup(); }
    Winsock(const Winsock &) = delete;
    Winsock &operator=(const Winsock &) = delete;
};

// The members bear the names of the functions they call, as wrappers of sockets like to.
class TcpSocket {
public:
    TcpSocket() : handle_(::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP))
    {
        if (handle_ == INVALID_SOCKET) {
            throw WinsockError("socket");
        }
    }
    TcpSocket(TcpSocket &&other) noexcept : handle_(other.handle_) { other.handle_ = INVALID_SOCKET; }
    TcpSocket &operator=(TcpSocket &&other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~TcpSocket()
    {
        if (handle_ != INVALID_SOCKET) {
            ::closesocket(handle_);
        }
    }

    void setBlocking(bool blocking)
    {
        u_long mode = blocking ? 0 : 1;
        if (::ioctlsocket(handle_, FIONBIO, &mode) != 0) {
            throw WinsockError("ioctlsocket");
        }
    }

    void connect(unsigned short port)
    {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        if (::connect(handle_, reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0
            && WSAGetLastError() != WSAEWOULDBLOCK) {
            throw WinsockError("connect");
        }
    }

    int error() const
    {
        int value = 0;
        int length = sizeof(value);
        if (::getsockopt(handle_, SOL_SOCKET, SO_ERROR, reinterpret_cast<char *>(&value), &length) != 0) {
            throw WinsockError("getsockopt");
        }
        return value;
    }

    std::string recv()
    {
        char buffer[2048];
        int received = ::recv(handle_, buffer, sizeof(buffer), 0);
        if (received == SOCKET_ERROR) {
            throw WinsockError("recv");
        }
        return std::string(buffer, static_cast<size_t>(received));
    }

    SOCKET handle() const { return handle_; }

private:
    SOCKET handle_;
};

struct Probe {
    unsigned short port;
    TcpSocket socket;
    bool decided;
    std::string outcome;
};

static void Decide(std::vector<Probe> &probes)
{
    for (;;) {
        fd_set writeSet, exceptSet;
        FD_ZERO(&writeSet);
        FD_ZERO(&exceptSet);
        for (const Probe &probe : probes) {
            if (!probe.decided) {
                FD_SET(probe.socket.handle(), &writeSet);
                FD_SET(probe.socket.handle(), &exceptSet);
            }
        }
        if (writeSet.fd_count == 0) {
            return;
        }

        timeval timeout = {10, 0};
        int ready = ::select(0, nullptr, &writeSet, &exceptSet, &timeout);
        if (ready == SOCKET_ERROR) {
            throw WinsockError("select");
        }
        if (ready == 0) {
            return;
        }
        for (Probe &probe : probes) {
            if (FD_ISSET(probe.socket.handle(), &exceptSet)) {
                probe.decided = true;
                probe.outcome = (probe.socket.error() == WSAECONNREFUSED) ? "refused" : "failed";
            } else if (FD_ISSET(probe.socket.handle(), &writeSet)) {
                probe.decided = true;
                probe.outcome = "open";
            }
        }
    }
}

static void ReadOpenOnes(std::vector<Probe> &probes)
{
    std::mutex lock;
    std::vector<std::thread> threads;

    for (Probe &probe : probes) {
        if (probe.outcome != "open") {
            continue;
        }
        threads.emplace_back([&probe, &lock] {
            std::string said;
            std::string failure;
            try {
                probe.socket.setBlocking(true);
                for (std::string part = probe.socket.recv(); !part.empty(); part = probe.socket.recv()) {
                    said += part;
                }
            } catch (const WinsockError &error) {
                failure = error.what();
            }
            std::lock_guard<std::mutex> guard(lock);
            probe.outcome += failure.empty() ? ", says \"" + said + "\"" : ", " + failure;
        });
    }
    std::for_each(threads.begin(), threads.end(), [](std::thread &thread) { thread.join(); });
}

int main(int argc, char **argv)
{
    try {
        Winsock winsock;
        std::vector<Probe> probes;

        for (int i = 1; i < argc; i++) {
            probes.push_back({static_cast<unsigned short>(std::atoi(argv[i])), TcpSocket(), false, "silent"});
            probes.back().socket.setBlocking(false);
            probes.back().socket.connect(probes.back().port);
        }
        Decide(probes);
        ReadOpenOnes(probes);
        for (const Probe &probe : probes) {
            std::printf("Port %u: %s\n", probe.port, probe.outcome.c_str());
        }
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
