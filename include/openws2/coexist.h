/* openws2/coexist.h: for WS2_COEXIST only, after the host's socket headers: drop the host's numbers, and give the
 * clashing structure tags, in C also the function names, to Windows' meaning. In C++ functions get no macros,
 * because members and std::bind must keep their names: there the plain name is the host's and ws2_NAME is ours. */
#ifndef OPENWS2_COEXIST_H
#define OPENWS2_COEXIST_H

#define sockaddr ws2_sockaddr
#define sockaddr_in ws2_sockaddr_in
#define sockaddr_in6 ws2_sockaddr_in6
#define sockaddr_un ws2_sockaddr_un
#define sockaddr_storage ws2_sockaddr_storage
#define in_addr ws2_in_addr
#define in6_addr ws2_in6_addr
#define addrinfo ws2_addrinfo
#define hostent ws2_hostent
#define servent ws2_servent
#define protoent ws2_protoent
#define netent ws2_netent
#define linger ws2_linger
#define ip_mreq ws2_ip_mreq
#define ip_mreq_source ws2_ip_mreq_source
#define ipv6_mreq ws2_ipv6_mreq
#define group_req ws2_group_req
#define group_source_req ws2_group_source_req
#define cmsghdr ws2_cmsghdr
#define in_pktinfo ws2_in_pktinfo
#define in6_pktinfo ws2_in6_pktinfo

#ifndef __cplusplus
#define socket ws2_socket
#define bind ws2_bind
#define listen ws2_listen
#define accept ws2_accept
#define connect ws2_connect
#define shutdown ws2_shutdown
#define recv ws2_recv
#define recvfrom ws2_recvfrom
#define send ws2_send
#define sendto ws2_sendto
#define getsockname ws2_getsockname
#define getpeername ws2_getpeername
#define getsockopt ws2_getsockopt
#define setsockopt ws2_setsockopt
#define htons ws2_htons
#define htonl ws2_htonl
#define ntohs ws2_ntohs
#define ntohl ws2_ntohl
#define inet_addr ws2_inet_addr
#define inet_ntoa ws2_inet_ntoa
#define inet_pton ws2_inet_pton
#define inet_ntop ws2_inet_ntop
#define gethostbyname ws2_gethostbyname
#define gethostbyaddr ws2_gethostbyaddr
#define getservbyname ws2_getservbyname
#define getservbyport ws2_getservbyport
#define getprotobyname ws2_getprotobyname
#define getprotobynumber ws2_getprotobynumber
#define getaddrinfo ws2_getaddrinfo
#define freeaddrinfo ws2_freeaddrinfo
#define getnameinfo ws2_getnameinfo
#endif

#undef ADDR_ANY
#undef AF_12844
#undef AF_APPLETALK
#undef AF_ATM
#undef AF_BAN
#undef AF_BTH
#undef AF_CCITT
#undef AF_CHAOS
#undef AF_CLUSTER
#undef AF_DATAKIT
#undef AF_DECnet
#undef AF_DLI
#undef AF_ECMA
#undef AF_FIREFOX
#undef AF_HYLINK
#undef AF_HYPERV
#undef AF_ICLFXBM
#undef AF_IMPLINK
#undef AF_INET
#undef AF_INET6
#undef AF_IPX
#undef AF_IRDA
#undef AF_ISO
#undef AF_LAT
#undef AF_LINK
#undef AF_MAX
#undef AF_NETBIOS
#undef AF_NETDES
#undef AF_NS
#undef AF_OSI
#undef AF_PUP
#undef AF_SNA
#undef AF_TCNMESSAGE
#undef AF_TCNPROCESS
#undef AF_UNIX
#undef AF_UNKNOWN1
#undef AF_UNSPEC
#undef AF_VOICEVIEW
#undef AI_ADDRCONFIG
#undef AI_ALL
#undef AI_CANONNAME
#undef AI_DISABLE_IDN_ENCODING
#undef AI_FILESERVER
#undef AI_FQDN
#undef AI_NON_AUTHORITATIVE
#undef AI_NUMERICHOST
#undef AI_NUMERICSERV
#undef AI_PASSIVE
#undef AI_RETURN_PREFERRED_NAMES
#undef AI_SECURE
#undef AI_V4MAPPED
#undef EAI_AGAIN
#undef EAI_BADFLAGS
#undef EAI_FAIL
#undef EAI_FAMILY
#undef EAI_IPSECPOLICY
#undef EAI_MEMORY
#undef EAI_NODATA
#undef EAI_NONAME
#undef EAI_NOSECURENAME
#undef EAI_SERVICE
#undef EAI_SOCKTYPE
#undef IFF_BROADCAST
#undef IFF_LOOPBACK
#undef IFF_MULTICAST
#undef IFF_POINTTOPOINT
#undef IFF_UP
#undef IF_NAMESIZE
#undef IN6ADDR_ANY_INIT
#undef IN6ADDR_LOOPBACK_INIT
#undef IN6_ARE_ADDR_EQUAL
#undef IN6_IS_ADDR_GLOBAL
#undef IN6_IS_ADDR_LINKLOCAL
#undef IN6_IS_ADDR_LOOPBACK
#undef IN6_IS_ADDR_MC_GLOBAL
#undef IN6_IS_ADDR_MC_LINKLOCAL
#undef IN6_IS_ADDR_MC_NODELOCAL
#undef IN6_IS_ADDR_MC_ORGLOCAL
#undef IN6_IS_ADDR_MC_SITELOCAL
#undef IN6_IS_ADDR_MULTICAST
#undef IN6_IS_ADDR_SITELOCAL
#undef IN6_IS_ADDR_UNSPECIFIED
#undef IN6_IS_ADDR_V4COMPAT
#undef IN6_IS_ADDR_V4MAPPED
#undef INADDR_ANY
#undef INADDR_BROADCAST
#undef INADDR_LOOPBACK
#undef INADDR_NONE
#undef INET6_ADDRSTRLEN
#undef INET_ADDRSTRLEN
#undef IN_CLASSA
#undef IN_CLASSA_HOST
#undef IN_CLASSA_MAX
#undef IN_CLASSA_NET
#undef IN_CLASSA_NSHIFT
#undef IN_CLASSB
#undef IN_CLASSB_HOST
#undef IN_CLASSB_MAX
#undef IN_CLASSB_NET
#undef IN_CLASSB_NSHIFT
#undef IN_CLASSC
#undef IN_CLASSC_HOST
#undef IN_CLASSC_NET
#undef IN_CLASSC_NSHIFT
#undef IN_CLASSD
#undef IN_CLASSD_HOST
#undef IN_CLASSD_NET
#undef IN_CLASSD_NSHIFT
#undef IN_MULTICAST
#undef IPPORT_BIFFUDP
#undef IPPORT_CHARGEN
#undef IPPORT_CMDSERVER
#undef IPPORT_DAYTIME
#undef IPPORT_DISCARD
#undef IPPORT_DYNAMIC_MAX
#undef IPPORT_DYNAMIC_MIN
#undef IPPORT_ECHO
#undef IPPORT_EFSSERVER
#undef IPPORT_EPMAP
#undef IPPORT_EXECSERVER
#undef IPPORT_FINGER
#undef IPPORT_FTP
#undef IPPORT_FTP_DATA
#undef IPPORT_HTTPS
#undef IPPORT_IMAP
#undef IPPORT_IMAP3
#undef IPPORT_LDAP
#undef IPPORT_LOGINSERVER
#undef IPPORT_MICROSOFT_DS
#undef IPPORT_MSP
#undef IPPORT_MTP
#undef IPPORT_NAMESERVER
#undef IPPORT_NETBIOS_DGM
#undef IPPORT_NETBIOS_NS
#undef IPPORT_NETBIOS_SSN
#undef IPPORT_NETSTAT
#undef IPPORT_NTP
#undef IPPORT_POP3
#undef IPPORT_QOTD
#undef IPPORT_REGISTERED_MAX
#undef IPPORT_REGISTERED_MIN
#undef IPPORT_RESERVED
#undef IPPORT_RJE
#undef IPPORT_ROUTESERVER
#undef IPPORT_SMTP
#undef IPPORT_SNMP
#undef IPPORT_SNMP_TRAP
#undef IPPORT_SUPDUP
#undef IPPORT_SYSTAT
#undef IPPORT_TCPMUX
#undef IPPORT_TELNET
#undef IPPORT_TFTP
#undef IPPORT_TIMESERVER
#undef IPPORT_TTYLINK
#undef IPPORT_WHOIS
#undef IPPORT_WHOSERVER
#undef IPPROTO_AH
#undef IPPROTO_CBT
#undef IPPROTO_DSTOPTS
#undef IPPROTO_EGP
#undef IPPROTO_ESP
#undef IPPROTO_FRAGMENT
#undef IPPROTO_GGP
#undef IPPROTO_HOPOPTS
#undef IPPROTO_ICLFXBM
#undef IPPROTO_ICMP
#undef IPPROTO_ICMPV6
#undef IPPROTO_IDP
#undef IPPROTO_IGMP
#undef IPPROTO_IGP
#undef IPPROTO_IP
#undef IPPROTO_IPV4
#undef IPPROTO_IPV6
#undef IPPROTO_L2TP
#undef IPPROTO_MAX
#undef IPPROTO_ND
#undef IPPROTO_NONE
#undef IPPROTO_PGM
#undef IPPROTO_PIM
#undef IPPROTO_PUP
#undef IPPROTO_RAW
#undef IPPROTO_RDP
#undef IPPROTO_RM
#undef IPPROTO_ROUTING
#undef IPPROTO_SCTP
#undef IPPROTO_ST
#undef IPPROTO_TCP
#undef IPPROTO_UDP
#undef IPV6_ADD_IFLIST
#undef IPV6_ADD_MEMBERSHIP
#undef IPV6_CHECKSUM
#undef IPV6_DEL_IFLIST
#undef IPV6_DONTFRAG
#undef IPV6_DROP_MEMBERSHIP
#undef IPV6_ECN
#undef IPV6_GET_IFLIST
#undef IPV6_HDRINCL
#undef IPV6_HOPLIMIT
#undef IPV6_HOPOPTS
#undef IPV6_IFLIST
#undef IPV6_JOIN_GROUP
#undef IPV6_LEAVE_GROUP
#undef IPV6_MTU
#undef IPV6_MTU_DISCOVER
#undef IPV6_MULTICAST_HOPS
#undef IPV6_MULTICAST_IF
#undef IPV6_MULTICAST_LOOP
#undef IPV6_NRT_INTERFACE
#undef IPV6_PKTINFO
#undef IPV6_PKTINFO_EX
#undef IPV6_PROTECTION_LEVEL
#undef IPV6_RECVDSTADDR
#undef IPV6_RECVECN
#undef IPV6_RECVERR
#undef IPV6_RECVIF
#undef IPV6_RECVRTHDR
#undef IPV6_RECVTCLASS
#undef IPV6_RTHDR
#undef IPV6_TCLASS
#undef IPV6_UNICAST_HOPS
#undef IPV6_UNICAST_IF
#undef IPV6_USER_MTU
#undef IPV6_V6ONLY
#undef IPV6_WFP_REDIRECT_CONTEXT
#undef IPV6_WFP_REDIRECT_RECORDS
#undef IP_ADD_IFLIST
#undef IP_ADD_MEMBERSHIP
#undef IP_ADD_SOURCE_MEMBERSHIP
#undef IP_BLOCK_SOURCE
#undef IP_DEL_IFLIST
#undef IP_DONTFRAGMENT
#undef IP_DROP_MEMBERSHIP
#undef IP_DROP_SOURCE_MEMBERSHIP
#undef IP_ECN
#undef IP_GET_IFLIST
#undef IP_HDRINCL
#undef IP_HOPLIMIT
#undef IP_IFLIST
#undef IP_MTU
#undef IP_MTU_DISCOVER
#undef IP_MULTICAST_IF
#undef IP_MULTICAST_LOOP
#undef IP_MULTICAST_TTL
#undef IP_NRT_INTERFACE
#undef IP_OPTIONS
#undef IP_ORIGINAL_ARRIVAL_IF
#undef IP_PKTINFO
#undef IP_PKTINFO_EX
#undef IP_PMTUDISC_DO
#undef IP_PMTUDISC_DONT
#undef IP_PMTUDISC_PROBE
#undef IP_PROTECTION_LEVEL
#undef IP_RECEIVE_BROADCAST
#undef IP_RECVDSTADDR
#undef IP_RECVECN
#undef IP_RECVERR
#undef IP_RECVIF
#undef IP_RECVRTHDR
#undef IP_RECVTCLASS
#undef IP_RECVTOS
#undef IP_RECVTTL
#undef IP_RTHDR
#undef IP_TCLASS
#undef IP_TOS
#undef IP_TTL
#undef IP_UNBLOCK_SOURCE
#undef IP_UNICAST_IF
#undef IP_UNSPECIFIED_TYPE_OF_SERVICE
#undef IP_USER_MTU
#undef IP_WFP_REDIRECT_CONTEXT
#undef IP_WFP_REDIRECT_RECORDS
#undef MCAST_BLOCK_SOURCE
#undef MCAST_EXCLUDE
#undef MCAST_INCLUDE
#undef MCAST_JOIN_GROUP
#undef MCAST_JOIN_SOURCE_GROUP
#undef MCAST_LEAVE_GROUP
#undef MCAST_LEAVE_SOURCE_GROUP
#undef MCAST_UNBLOCK_SOURCE
#undef MSG_BCAST
#undef MSG_CTRUNC
#undef MSG_DONTROUTE
#undef MSG_ERRQUEUE
#undef MSG_INTERRUPT
#undef MSG_MAXIOVLEN
#undef MSG_MCAST
#undef MSG_OOB
#undef MSG_PARTIAL
#undef MSG_PEEK
#undef MSG_PUSH_IMMEDIATE
#undef MSG_TRUNC
#undef MSG_WAITALL
#undef NI_DGRAM
#undef NI_MAXHOST
#undef NI_MAXSERV
#undef NI_NAMEREQD
#undef NI_NOFQDN
#undef NI_NUMERICHOST
#undef NI_NUMERICSERV
#undef PF_APPLETALK
#undef PF_ATM
#undef PF_BAN
#undef PF_CCITT
#undef PF_CHAOS
#undef PF_DATAKIT
#undef PF_DECnet
#undef PF_DLI
#undef PF_ECMA
#undef PF_FIREFOX
#undef PF_HYLINK
#undef PF_IMPLINK
#undef PF_INET
#undef PF_INET6
#undef PF_IPX
#undef PF_IRDA
#undef PF_ISO
#undef PF_LAT
#undef PF_MAX
#undef PF_NS
#undef PF_OSI
#undef PF_PUP
#undef PF_SNA
#undef PF_UNIX
#undef PF_UNKNOWN1
#undef PF_UNSPEC
#undef PF_VOICEVIEW
#undef SOCK_DGRAM
#undef SOCK_RAW
#undef SOCK_RDM
#undef SOCK_SEQPACKET
#undef SOCK_STREAM
#undef SOL_IP
#undef SOL_IPV6
#undef SOL_SOCKET
#undef SOMAXCONN
#undef SOMAXCONN_HINT
#undef SO_ACCEPTCONN
#undef SO_BROADCAST
#undef SO_BSP_STATE
#undef SO_COMPARTMENT_ID
#undef SO_CONDITIONAL_ACCEPT
#undef SO_CONNDATA
#undef SO_CONNDATALEN
#undef SO_CONNECT_TIME
#undef SO_CONNOPT
#undef SO_CONNOPTLEN
#undef SO_DEBUG
#undef SO_DISCDATA
#undef SO_DISCDATALEN
#undef SO_DISCOPT
#undef SO_DISCOPTLEN
#undef SO_DONTLINGER
#undef SO_DONTROUTE
#undef SO_ERROR
#undef SO_EXCLUSIVEADDRUSE
#undef SO_GROUP_ID
#undef SO_GROUP_PRIORITY
#undef SO_KEEPALIVE
#undef SO_LINGER
#undef SO_MAXDG
#undef SO_MAXPATHDG
#undef SO_MAX_MSG_SIZE
#undef SO_OOBINLINE
#undef SO_OPENTYPE
#undef SO_ORIGINAL_DST
#undef SO_PAUSE_ACCEPT
#undef SO_PORT_SCALABILITY
#undef SO_PROTOCOL_INFO
#undef SO_PROTOCOL_INFOA
#undef SO_PROTOCOL_INFOW
#undef SO_RANDOMIZE_PORT
#undef SO_RCVBUF
#undef SO_RCVLOWAT
#undef SO_RCVTIMEO
#undef SO_REUSEADDR
#undef SO_REUSE_MULTICASTPORT
#undef SO_REUSE_UNICASTPORT
#undef SO_SNDBUF
#undef SO_SNDLOWAT
#undef SO_SNDTIMEO
#undef SO_SYNCHRONOUS_ALERT
#undef SO_SYNCHRONOUS_NONALERT
#undef SO_TIMESTAMP
#undef SO_TIMESTAMP_ID
#undef SO_TYPE
#undef SO_UPDATE_ACCEPT_CONTEXT
#undef SO_UPDATE_CONNECT_CONTEXT
#undef SO_USELOOPBACK
#undef TCP_ATMARK
#undef TCP_BSDURGENT
#undef TCP_CONGESTION_ALGORITHM
#undef TCP_DELAY_FIN_ACK
#undef TCP_EXPEDITED_1122
#undef TCP_FAIL_CONNECT_ON_ICMP_ERROR
#undef TCP_FASTOPEN
#undef TCP_ICMP_ERROR_INFO
#undef TCP_INITIAL_RTO_DEFAULT_MAX_SYN_RETRANSMISSIONS
#undef TCP_INITIAL_RTO_DEFAULT_RTT
#undef TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS
#undef TCP_INITIAL_RTO_UNSPECIFIED_MAX_SYN_RETRANSMISSIONS
#undef TCP_INITIAL_RTO_UNSPECIFIED_RTT
#undef TCP_KEEPALIVE
#undef TCP_KEEPCNT
#undef TCP_KEEPIDLE
#undef TCP_KEEPINTVL
#undef TCP_MAXRT
#undef TCP_MAXRTMS
#undef TCP_MAXSEG
#undef TCP_NODELAY
#undef TCP_NOSYNRETRIES
#undef TCP_NOURG
#undef TCP_OFFLOAD_NOT_PREFERRED
#undef TCP_OFFLOAD_NO_PREFERENCE
#undef TCP_OFFLOAD_PREFERENCE
#undef TCP_OFFLOAD_PREFERRED
#undef TCP_STDURG
#undef TCP_TIMESTAMPS
#undef UDP_CHECKSUM_COVERAGE
#undef UDP_COALESCED_INFO
#undef UDP_NOCHECKSUM
#undef UDP_RECV_MAX_COALESCED_SIZE
#undef UDP_SEND_MSG_SIZE
#undef h_addr
#undef h_errno
#undef s6_addr
#undef s6_addr16
#undef s6_addr32
#undef s6_bytes
#undef s6_words

#endif /* OPENWS2_COEXIST_H */
